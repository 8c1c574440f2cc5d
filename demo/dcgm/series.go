package dcgm

// field is one metric in all its generations. The empty name: that generation
// does not have it. Values are computed in the classic unit; scale turns them
// into that of the renamed series (0: the same).
type field struct {
	classic, renamed, legacy string
	help                     string
	counter                  bool
	double                   bool    // printed with six decimals, in the classic generation
	renamedDouble            bool    // and in the renamed one
	scale                    float64 // renamed = classic * scale
	profiling                bool    // DCGM_FI_PROF_*
	wholeOnly                bool    // not available for a MIG slice
	hbmOnly                  bool
	get                      func(*sample) float64
}

// fields are the series of etc/default-counters.csv that a dashboard reads.
func fields() []field {
	const mhz, mib = 1e6, 1 << 20
	return []field{
		{classic: "DCGM_FI_DEV_SM_CLOCK", renamed: "DCGM_FI_DEV_SM_CLOCK_HERTZ", legacy: "dcgm_sm_clock",
			help: "SM clock frequency", scale: mhz, get: func(s *sample) float64 { return s.smClock }},
		{classic: "DCGM_FI_DEV_MEM_CLOCK", renamed: "DCGM_FI_DEV_MEMORY_CLOCK_HERTZ", legacy: "dcgm_memory_clock",
			help: "Memory clock frequency", scale: mhz, get: func(s *sample) float64 { return s.memClock }},
		{classic: "DCGM_FI_DEV_MEMORY_TEMP", renamed: "DCGM_FI_DEV_MEMORY_TEMP_CELSIUS", legacy: "dcgm_memory_temp",
			help: "Memory temperature (in C).", hbmOnly: true, get: func(s *sample) float64 { return s.memTemp }},
		{classic: "DCGM_FI_DEV_GPU_TEMP", renamed: "DCGM_FI_DEV_GPU_TEMP_CELSIUS", legacy: "dcgm_gpu_temp",
			help: "GPU temperature (in C).", get: func(s *sample) float64 { return s.temp }},
		{classic: "DCGM_FI_DEV_POWER_USAGE", renamed: "DCGM_FI_DEV_BOARD_POWER_WATTS", legacy: "dcgm_power_usage",
			help: "Power draw (in W).", double: true, renamedDouble: true, get: func(s *sample) float64 { return s.power }},
		{classic: "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", renamed: "DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL", legacy: "dcgm_total_energy_consumption",
			help: "Total energy consumption since boot.", counter: true, renamedDouble: true, scale: 1e-3, get: func(s *sample) float64 { return s.energy }},
		{classic: "DCGM_FI_DEV_PCIE_REPLAY_COUNTER", renamed: "DCGM_FI_DEV_PCIE_REPLAY_TOTAL", legacy: "dcgm_pcie_replay_counter",
			help: "Total number of PCIe retries.", counter: true, get: func(s *sample) float64 { return s.pcieReplays }},
		{classic: "DCGM_FI_DEV_GPU_UTIL", renamed: "DCGM_FI_DEV_GPU_UTIL_RATIO", legacy: "dcgm_gpu_utilization",
			help: "GPU utilization.", renamedDouble: true, scale: 0.01, wholeOnly: true, get: func(s *sample) float64 { return s.util }},
		{classic: "DCGM_FI_DEV_MEM_COPY_UTIL", renamed: "DCGM_FI_DEV_MEMORY_UTIL_RATIO", legacy: "dcgm_mem_copy_utilization",
			help: "Memory utilization.", renamedDouble: true, scale: 0.01, wholeOnly: true, get: func(s *sample) float64 { return s.memCopy }},
		{classic: xidClassic, renamed: xidRenamed, legacy: "dcgm_xid_errors",
			help: "Value of the last XID error encountered.", get: func(s *sample) float64 { return float64(s.xid) }},
		{classic: "DCGM_FI_DEV_FB_FREE", renamed: "DCGM_FI_DEV_FB_FREE_BYTES", legacy: "dcgm_fb_free",
			help: "Framebuffer memory free.", scale: mib, get: func(s *sample) float64 { return s.fbFree }},
		{classic: "DCGM_FI_DEV_FB_USED", renamed: "DCGM_FI_DEV_FB_USED_BYTES", legacy: "dcgm_fb_used",
			help: "Framebuffer memory used.", scale: mib, get: func(s *sample) float64 { return s.fbUsed }},
		{classic: "DCGM_FI_DEV_FB_RESERVED", renamed: "DCGM_FI_DEV_FB_RESERVED_BYTES",
			help: "Framebuffer memory reserved.", scale: mib, get: func(s *sample) float64 { return s.fbReserved }},
		{renamed: "DCGM_FI_DEV_FB_CAPACITY_BYTES",
			help: "Framebuffer memory, all of it.", scale: mib, get: func(s *sample) float64 { return s.fbFree + s.fbUsed + s.fbReserved }},
		{classic: "DCGM_FI_PROF_GR_ENGINE_ACTIVE", renamed: "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO",
			help: "Ratio of time the graphics engine is active.", double: true, renamedDouble: true, profiling: true, get: func(s *sample) float64 { return s.engine }},
		{classic: "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", renamed: "DCGM_FI_PROF_TENSOR_UTIL_RATIO",
			help: "Ratio of cycles the tensor (HMMA) pipe is active.", double: true, renamedDouble: true, profiling: true, get: func(s *sample) float64 { return s.tensor }},
		{classic: "DCGM_FI_PROF_DRAM_ACTIVE", renamed: "DCGM_FI_PROF_DRAM_UTIL_RATIO",
			help: "Ratio of cycles the device memory interface is active.", double: true, renamedDouble: true, profiling: true, get: func(s *sample) float64 { return s.dram }},
	}
}

// The XID series have two labels more.
const (
	xidClassic = "DCGM_FI_DEV_XID_ERRORS"
	xidRenamed = "DCGM_FI_DEV_XID_ERROR"
)

func (f field) name(n Names) string {
	switch n {
	case Renamed:
		return f.renamed
	case Legacy:
		return f.legacy
	default:
		return f.classic
	}
}

// xidName is the label err_msg of the commonest XIDs, in the words of
// dcgm-exporter's internal/pkg/collector/xid_errors.go.
func xidName(xid int) string {
	switch xid {
	case 0:
		return "No Error"
	case 13:
		return "Graphics Engine Exception"
	case 31:
		return "GPU memory page fault"
	case 43:
		return "GPU stopped processing"
	case 45:
		return "Preemptive cleanup, due to previous errors -- Most likely to see when running multiple cuda applications and hitting a DBE"
	case 48:
		return "Double Bit ECC Error"
	case 63:
		return "ECC page retirement or row remapping recording event"
	case 64:
		return "ECC page retirement or row remapper recording failure"
	case 74:
		return "NVLINK Error"
	case 79:
		return "GPU has fallen off the bus"
	case 94:
		return "Contained ECC error"
	case 95:
		return "Uncontained ECC error"
	default:
		return "Unknown Error"
	}
}
