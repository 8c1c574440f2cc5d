package submit

import (
	"cmp"
	"fmt"
)

// Template is a recipe to be filled in for a team, with a line on every field,
// as it usually is for a framework.
func Template(f Framework, team string) string {
	image, command, others := "paddlepaddle/paddle:2.6.1-gpu-cuda11.7-cudnn8.4-trt8.4", "[python, -m, paddle.distributed.launch]", "the rest is in the environment"
	elastic := "# elastic: 2:8 (at least 2, at most 8)"
	switch f {
	case PyTorch:
		image, command = "pytorch/pytorch:2.5.1-cuda12.4-cudnn9-runtime", "[torchrun]"
	case Plain:
		command, others = "[python]", "workers are called NAME-0.NAME, ...; $JOB_COMPLETION_INDEX is the number of each"
		elastic = "# paddle and pytorch can be elastic: 2:8 (at least 2, at most 8)"
	case Paddle:
	}
	return fmt.Sprintf(template, cmp.Or(team, "default"), f, image, command, others, elastic)
}

// template is filled with the team, the framework, the image, the command with a word on it, and one on
// elastic workers.
const template = `# A training job. Lines that begin with # are as good as not there.
name: my-job                  # also its workers' names: my-job-0, my-job-1, ...
team: %-23s # namespace
framework: %-18s # paddle, pytorch, or plain (workers find each other by themselves)

image: %s
command: %-20s # %s
args: [train.py]

workers: 4                    %s
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
