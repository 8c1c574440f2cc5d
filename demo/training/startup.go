package training

import (
	"fmt"
	"strings"
	"time"
)

// startup is what every worker prints before it trains: its launcher, and
// the communication library. The first track is the launcher's.
func (r *run) startup(f framework) []track {
	entries := []entry{{2 * time.Second, r.torchrun}}
	if f.paddle {
		entries = r.paddleLaunch()
	}
	if r.image.from.compat {
		entries = append([]entry{{time.Second, r.ngcBanner}}, entries...)
	}
	launcher := script(entries)
	if r.ranks() == 1 {
		return []track{launcher}
	}
	return []track{launcher, note(r.warm-8*time.Second, r.nccl)}
}

// paddleLaunch is what paddle.distributed.launch prints, and the first lines
// of the local rank 0, which is the only one that reaches the container's log.
func (r *run) paddleLaunch() []entry {
	say := func(at time.Time, text string, args ...any) string {
		return fmt.Sprintf("LAUNCH INFO %s,%03d ", at.UTC().Format("2006-01-02 15:04:05"), at.Nanosecond()/1e6) + fmt.Sprintf(text, args...)
	}
	glog := func(at time.Time, level, text string, args ...any) string {
		return fmt.Sprintf("%s%s %5d ", level, at.UTC().Format("0102 15:04:05.000000"), 60+r.seed%40) + fmt.Sprintf(text, args...)
	}
	name := strings.ToLower(fmt.Sprintf("%06x", r.seed&0xffffff))
	entries := []entry{
		{2 * time.Second, func(at time.Time) []string {
			return []string{
				say(at, "-----------  Configuration  ----------------------"), say(at, "devices: None"), say(at, "elastic_level: -1"), say(at, "job_id: %s", r.job),
				say(at, "log_dir: log"), say(at, "master: %s-0.%s:36543", r.job, r.job), say(at, "max_restart: 3"), say(at, "nnodes: %d", r.nodes),
				say(at, "nproc_per_node: None"), say(at, "run_mode: collective"), say(at, "--------------------------------------------------"),
				say(at, "Job: %s, mode collective, replicas %d[%d:%d], elastic False", r.job, r.nodes, r.nodes, r.nodes), say(at, "Waiting peer start..."),
			}
		}},
		{5 * time.Second, func(at time.Time) []string {
			return []string{say(at, "Run Pod: %s, replicas %d, status ready", name, max(1, r.gpus)), say(at, "Watching Pod: %s, replicas %d, status running", name, max(1, r.gpus))}
		}},
	}
	if r.unfit(framework{paddle: true}) != nil {
		return entries
	}
	return append(entries, entry{11 * time.Second, func(at time.Time) []string {
		return []string{
			glog(at, "W", "gpu_resources.cc:119] Please NOTE: device: 0, GPU Compute Capability: %s, Driver API Version: %s, Runtime API Version: %s", r.compute, r.newest, r.image.cuda),
			glog(at, "W", "gpu_resources.cc:164] device: 0, cuDNN Version: 8.9."),
			glog(at, "I", "process_group_nccl.cc:150] ProcessGroupNCCL pg_timeout_ 1800000"),
		}
	}})
}

// torchrun warns of the thread count on every worker; beyond that it is silent.
func (r *run) torchrun(at time.Time) []string {
	if r.gpus < 2 {
		return nil
	}
	head := fmt.Sprintf("W%s 1 torch/distributed/run.py:792] ", at.UTC().Format("0102 15:04:05.000000"))
	return []string{head, head + "*****************************************",
		head + "Setting OMP_NUM_THREADS environment variable for each process to be 1 in default, to avoid your system being overloaded, please further tune the variable for optimal performance in your application as needed. ",
		head + "*****************************************"}
}

// ngcBanner is the entry point's of NVIDIA's own images.
func (r *run) ngcBanner(time.Time) []string {
	lines := []string{"", "=============", "== PyTorch ==", "=============", "", "NVIDIA Release " + strings.TrimSuffix(r.image.ref.tag, "-py3"), ""}
	return append(lines, "NOTE: The SHMEM allocation limit is set to the default of 64MB.  This may be",
		"   insufficient for PyTorch.  NVIDIA recommends the use of the following flags:", "   docker run --gpus all --ipc=host --ulimit memlock=-1 --ulimit stack=67108864 ...", "")
}

// nccl is NCCL's own account of how it finds its peers (NCCL_DEBUG=INFO).
func (r *run) nccl(time.Time) []string {
	var lines []string
	for local := range min(max(1, r.gpus), 8) {
		head := fmt.Sprintf("%s:%d:%d [%d] NCCL INFO ", r.host, 64+local, 64+local, local)
		if local == 0 {
			lines = append(lines, head+"Bootstrap: Using eth0:"+r.ip+"<0>", head+"NET/IB : Using [0]mlx5_0:1/RoCE [1]mlx5_1:1/RoCE [RO]; OOB eth0:"+r.ip+"<0>",
				head+"cudaDriverVersion "+strings.ReplaceAll(r.newest, ".", "0")+"0")
			if r.leads() {
				lines = append(lines, "NCCL version 2.21.5+cuda"+r.image.cuda)
			}
		}
		lines = append(lines, fmt.Sprintf("%sncclCommInitRank comm 0x%x rank %d nranks %d cudaDev %d nvmlDev %d busId %x000 commId 0x%x - Init COMPLETE",
			head, 0x55d0_0000_0000+r.seed%0xffff_ffff, r.rank()+local, r.ranks(), local, local, local*16+7, r.jobSeed))
	}
	return lines
}
