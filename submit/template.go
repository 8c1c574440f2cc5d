package submit

// Template is a recipe to be filled in, with a line on every field.
func Template() string {
	return `# A training job. Lines that begin with # are as good as not there.
name: my-job                  # also its workers' names: my-job-0, my-job-1, ...
team: default                 # namespace
framework: paddle             # paddle, pytorch, or plain (workers find each other by themselves)

image: paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4
command: [python, -m, paddle.distributed.launch]    # pytorch: [torchrun]; the rest is in the environment
args: [train.py]

workers: 4                    # elastic: 2:8 (at least 2, at most 8)
# etcd: paddle-etcd.infra:2379  # elastic Paddle needs one
gpus: 1                       # a worker
# product: NVIDIA-A100-SXM4-80GB  # nvidia.com/gpu.product of the nodes; any when not said
# resource: nvidia.com/gpu    # what counts the GPUs
# cpu: 8                      # a worker
# memory: 64Gi                # a worker; shm is part of it
shm: 8Gi                      # /dev/shm, for data loaders and NCCL

# env:
#   NCCL_DEBUG: INFO
#   WANDB_API_KEY: {secret: wandb/key}
#   LEARNING_RATE: {configMap: hyper/lr}
# envFrom: [configMap hyper, secret tokens]
# volumes:
#   - train-data:/data        # claim : path in the worker
#   - /mnt/nfs:/nfs:ro        # path on the node : path in the worker : read-only
# pullSecret: harbor
# serviceAccount: trainer
# priorityClass: production
# queue: team-queue           # Kueue's; it says when the job starts
# nodeSelector: {pool: a100}
# tolerations: ["nvidia.com/gpu:NoSchedule"]

retries: 3                    # how often each worker may fail
# timeLimit: 7d               # the job is ended after
# keep: 3d                    # it is deleted so long after its end; kept when not said
# port: 6170                  # the first worker awaits the others there
`
}
