package training

import (
	"fmt"
	"strings"
	"time"
)

// unfit is the traceback of a program that cannot use the node's GPUs; nil:
// it can.
func (r *run) unfit(f framework) func(time.Time) []string {
	switch {
	case r.image.cuda == "": // it trains on the CPU
		return nil
	case r.gpus == 0 || r.driver == "":
		return r.noDriver(f)
	case older(r.driver, driverFloor(r.image.cuda)) && !(r.image.from.compat && !older(r.driver, "470.57.02")):
		return r.oldDriver(f)
	}
	return nil
}

// traceback frames an error as Python does.
func traceback(file string, line int, code, message string) []string {
	return []string{"Traceback (most recent call last):", fmt.Sprintf("  File %q, line %d, in <module>", file, line), "    " + code, message}
}

func (r *run) noDriver(f framework) func(time.Time) []string {
	if !f.paddle {
		return func(time.Time) []string {
			return traceback("/workspace/train.py", 41, "torch.cuda.set_device(local_rank)",
				"RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU and installed a driver from http://www.nvidia.com/Download/index.aspx")
		}
	}
	return func(time.Time) []string {
		return append([]string{"Error: Can not import paddle core while this file exists: /usr/local/lib/python3.10/dist-packages/paddle/base/libpaddle.so"},
			traceback("tools/train.py", 32, "import paddle", "ImportError: libcuda.so.1: cannot open shared object file: No such file or directory")...)
	}
}

// oldDriver is how frameworks say that the CUDA they were built with is newer
// than the driver knows.
func (r *run) oldDriver(f framework) func(time.Time) []string {
	if !f.paddle {
		found := strings.ReplaceAll(r.newest, ".", "0") + "0" // 11.4 is 11040
		return func(time.Time) []string {
			return traceback("/workspace/train.py", 41, "torch.cuda.set_device(local_rank)",
				fmt.Sprintf("RuntimeError: The NVIDIA driver on your system is too old (found version %s). Please update your GPU driver by downloading and installing a new version "+
					"from the URL: http://www.nvidia.com/Download/index.aspx", found))
		}
	}
	return func(at time.Time) []string {
		lines := traceback("tools/train.py", 223, "device = paddle.set_device(device)",
			"OSError: (External) CUDA error(35), CUDA driver version is insufficient for CUDA runtime version. ")
		lines = append(lines, `  [Hint: 'cudaErrorInsufficientDriver'. This indicates that the installed NVIDIA CUDA driver is older than the CUDA runtime library. `+
			`This is not a supported configuration.Users should install an updated NVIDIA display driver to allow the application to run.] (at /paddle/paddle/phi/backends/gpu/cuda/cuda_info.cc:66)`, "")
		return append(lines, r.launcherFailed(at)...)
	}
}

// launcherFailed is Paddle's launcher, once a process of its died.
func (r *run) launcherFailed(at time.Time) []string {
	say := func(level, text string) string {
		return fmt.Sprintf("LAUNCH %s %s,%03d %s", level, at.UTC().Format("2006-01-02 15:04:05"), at.Nanosecond()/1e6, text)
	}
	return []string{say("INFO", "Pod failed"), say("ERROR", "Container failed !!!"), say("INFO", "------------------------- ERROR LOG DETAIL -------------------------"),
		say("INFO", "Exit code 1")}
}

// elasticFailed is torchrun's account of the rank that failed first.
func (r *run) elasticFailed(at time.Time, local int, code int32) []string {
	exit := fmt.Sprint(code)
	if code > 128 {
		exit = fmt.Sprint(128 - code)
	}
	return []string{
		fmt.Sprintf("E%s 1 torch/distributed/elastic/multiprocessing/api.py:874] failed (exitcode: %s) local_rank: %d (pid: %d) of binary: /opt/conda/bin/python",
			at.UTC().Format("0102 15:04:05.000000"), exit, local, 64+local),
		"Traceback (most recent call last):", `  File "/opt/conda/bin/torchrun", line 33, in <module>`,
		"torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ", "============================================================",
		"/workspace/train.py FAILED", "------------------------------------------------------------", "Failures:", "  <NO_OTHER_FAILURES>",
		"------------------------------------------------------------", "Root Cause (first observed failure):", "[0]:",
		"  time      : " + at.UTC().Format("2006-01-02_15:04:05"), "  host      : " + r.host,
		fmt.Sprintf("  rank      : %d (local_rank: %d)", r.rank()+local, local), fmt.Sprintf("  exitcode  : %s (pid: %d)", exit, 64+local),
		"  error_file: <N/A>", "  traceback : To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html",
		"============================================================",
	}
}

// fail ends a life as its annotation says.
func (r *run) fail(f framework, life *Life, body []track) []track {
	stop(body, r.end.after)
	life.Run = r.end.after
	var last func(time.Time) []string
	switch r.end.how {
	case stays:
		life.Run = 0
		return body
	case outOfMemory:
		life.Exit = Exit{Code: 137, Signal: 9, Reason: "OOMKilled"}
		return body // the kernel leaves it no time for a word
	case outOfGPUMemory:
		life.Exit, last = failed(1), r.gpuMemory(f)
	case sharedMemory:
		life.Exit, last = failed(135), r.busError(f)
	case collective:
		life.Exit, last = failed(134), r.watchdog
	default:
		life.Exit, last = failed(1), r.missing(f)
	}
	return append(body, onStderr(note(r.end.after-300*time.Millisecond, last))...)
}

func (r *run) gpuMemory(f framework) func(time.Time) []string {
	if f.paddle {
		return func(at time.Time) []string {
			return append([]string{"Traceback (most recent call last):", `  File "tools/train.py", line 241, in <module>`, "    main(config, device, logger, vdl_writer, seed)",
				"MemoryError: ", "", "--------------------------------------", "C++ Traceback (most recent call last):", "--------------------------------------",
				"----------------------", "Error Message Summary:", "----------------------",
				"ResourceExhaustedError: ", "", "Out of memory error on GPU 0. Cannot allocate 1.953125GB memory on GPU 0, 30.871094GB memory has been allocated and available memory is only 873.062500MB.", "",
				"Please check whether there is any other process using GPU 0.", "1. If yes, please stop them, or start PaddlePaddle on another GPU.", "2. If no, please decrease the batch size of your model. "},
				r.launcherFailed(at)...)
		}
	}
	return func(at time.Time) []string {
		text := traceback("/workspace/train.py", 188, "loss.backward()", "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.32 GiB. GPU 0 has a total capacity of 79.15 GiB of which 1.01 GiB is free. "+
			"Process 71233 has 78.13 GiB memory in use. Of the allocated memory 71.02 GiB is allocated by PyTorch, and 5.93 GiB is reserved by PyTorch but unallocated.")
		return append(text, r.elasticFailed(at, 0, 1)...)
	}
}

func (r *run) busError(f framework) func(time.Time) []string {
	if f.paddle {
		return func(at time.Time) []string {
			return append([]string{"ERROR: Unexpected BUS error encountered in DataLoader worker. This might be caused by insufficient shared memory (shm), please check whether use_shared_memory is set and storage space in /dev/shm is enough"},
				r.launcherFailed(at)...)
		}
	}
	return func(at time.Time) []string {
		return append([]string{"ERROR: Unexpected bus error encountered in worker. This might be caused by insufficient shared memory (shm).",
			"RuntimeError: DataLoader worker (pid 325) is killed by signal: Bus error. It is possible that dataloader's workers are out of shared memory. Please try to raise your shared memory limit."},
			r.elasticFailed(at, 0, 135)...)
	}
}

// watchdog is NCCL's, once a peer no longer takes part.
func (r *run) watchdog(at time.Time) []string {
	var lines []string
	for local := range max(1, r.gpus) {
		rank := r.rank() + local
		lines = append(lines, fmt.Sprintf("[rank%d]:[E%s ProcessGroupNCCL.cpp:607] [Rank %d] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=%d, OpType=ALLREDUCE, "+
			"NumelIn=12582912, NumelOut=12582912, Timeout(ms)=600000) ran for %d milliseconds before timing out.",
			rank, at.UTC().Format("102 15:04:05.000000000"), rank, 1500+r.jobSeed%900, 600_040+10*local))
	}
	return append(lines, r.elasticFailed(at, 0, 134)...)
}

func (r *run) missing(f framework) func(time.Time) []string {
	return func(at time.Time) []string {
		const message = "FileNotFoundError: [Errno 2] No such file or directory: '/data/train/票据/train_list.txt'"
		if f.paddle {
			return append(traceback("tools/train.py", 54, "train_dataloader = build_dataloader(config, 'Train', device, logger)", message), r.launcherFailed(at)...)
		}
		return append(traceback("/workspace/train.py", 97, "dataset = load(args.data)", message), r.elasticFailed(at, 0, 1)...)
	}
}
