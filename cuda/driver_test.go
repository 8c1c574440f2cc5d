package cuda

import "testing"

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		driver string
		cuda   Version
		want   Fit
	}{
		{"418.87.01", Version{11, 8}, TooOld},
		{"418.87", Version{10, 1}, Full},
		{"450.80.02", Version{11, 8}, Minor},
		{"450.80.01", Version{11, 8}, TooOld},
		{"470.57.02", Version{11, 8}, Minor},
		{"470.57.02", Version{12, 4}, TooOld},
		{"520.61.05", Version{11, 8}, Full},
		{"525.60.13", Version{12, 0}, Full},
		{"525.60.13", Version{12, 9}, Minor},
		{"525.60.11", Version{12, 9}, TooOld},
		{"550.54.14", Version{12, 4}, Full},
		{"550.107.02", Version{12, 4}, Full}, // as numbers: 107 is more than 54
		{"570.86.15", Version{13, 0}, TooOld},
		{"580.65.06", Version{13, 0}, Full},
		{"580.95.05", Version{13, 2}, Minor},
		{"615.10", Version{13, 4}, Full},
		{"450.51.06", Version{11, 0}, Full},
		{"450.36.06", Version{11, 0}, Minor},
		{"440.33.01", Version{10, 2}, Full},
		{"440.31", Version{10, 2}, TooOld}, // before 11 there is no minor version compatibility
		{"535.104.05-0ubuntu1", Version{12, 2}, Full},
		{"560.35.03", Version{12, 7}, Minor}, // a toolkit that the table lacks
		{"", Version{11, 8}, Unknown},
		{"R535", Version{11, 8}, Unknown},
		{"1.2.3.4", Version{11, 8}, Unknown},
		{"550.54.14", Version{8, 0}, Unknown},
		{"999", Version{14, 0}, Unknown},
	} {
		if got := Judge(c.driver, c.cuda); got != c.want {
			t.Errorf("Judge(%q, %v) = %v, want %v", c.driver, c.cuda, got, c.want)
		}
		ok, known := Supports(c.driver, c.cuda)
		if known != (c.want != Unknown) || ok != (c.want >= Minor) {
			t.Errorf("Supports(%q, %v) = %v, %v", c.driver, c.cuda, ok, known)
		}
	}
}

func TestCompareDrivers(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		order int
		ok    bool
	}{
		{"550.107.02", "550.54.14", 1, true},
		{"535.86.09", "535.86.10", -1, true},
		{"535.104.05", "535.104.5", 0, true},
		{"535", "535.0.0", 0, true},
		{"x", "535", 0, false},
	} {
		if order, ok := CompareDrivers(c.a, c.b); order != c.order || ok != c.ok {
			t.Errorf("CompareDrivers(%q, %q) = %d, %v", c.a, c.b, order, ok)
		}
	}
}

func TestMinCUDA(t *testing.T) {
	for product, want := range map[string]string{
		"NVIDIA-H100-80GB-HBM3": "11.8", "NVIDIA-H20": "11.8", "NVIDIA-H200": "11.8", "NVIDIA-B200": "12.8", "NVIDIA-GeForce-RTX-5090": "12.8",
		"NVIDIA-A100-SXM4-80GB": "", "Tesla-V100-SXM2-32GB": "", "Tesla-T4": "", "": "",
	} {
		got := ""
		if v, ok := MinCUDA(product); ok {
			got = v.String()
		}
		if got != want {
			t.Errorf("MinCUDA(%q) = %q, want %q", product, got, want)
		}
	}
}

func TestParseVersion(t *testing.T) {
	for s, want := range map[string]bool{"11.8": true, "12.2.0": true, "12": false, "": false, "-1.2": false, "a.b": false, "+1.2": false} {
		if _, ok := ParseVersion(s); ok != want {
			t.Errorf("ParseVersion(%q): %v", s, ok)
		}
	}
}
