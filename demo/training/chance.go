package training

// mix is the finisher of splitmix64: chance without a state.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fraction is a number from 0 to 1, always the same for a seed.
func fraction(seed uint64) float64 { return float64(mix(seed)>>11) / (1 << 53) }

// wobble is a number from -1 to 1 for entry i of something.
func wobble(seed uint64, i int) float64 { return 2*fraction(seed^mix(uint64(i))) - 1 }
