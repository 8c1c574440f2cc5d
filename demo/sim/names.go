package sim

import (
	"fmt"
	"math/rand/v2"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// Each source of chance has a stream of its own: a name more or less must not
// change how long an image is pulled.
const (
	streamSim = iota
	streamNames
)

// names gives identities. Unlike the rest of a Sim it is asked from anywhere.
type names struct {
	mu   sync.Mutex
	rand *rand.Rand
}

func newNames(seed uint64) *names {
	return &names{rand: rand.New(rand.NewPCG(seed, streamNames))}
}

// UID makes a new identity in the form of a random UUID. It may be called from
// anywhere.
func (s *Sim) UID() types.UID {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	a, b := s.names.rand.Uint64(), s.names.rand.Uint64()
	a = a&^0xf000 | 0x4000 // version 4
	b = b&^(3<<62) | 2<<62 // variant of RFC 9562
	return types.UID(fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", a>>32, a>>16&0xffff, a&0xffff, b>>48, b&0xffffffffffff))
}

const (
	maxNameLength = 63 // as names.SimpleNameGenerator of the API server
	suffixLength  = 5
	suffixLetters = "bcdfghjklmnpqrstvwxz2456789" // no vowels: no words. As apimachinery's rand
)

// Name is what the API server makes of a generateName. It may be called from
// anywhere.
func (s *Sim) Name(generateName string) string {
	s.names.mu.Lock()
	defer s.names.mu.Unlock()
	if len(generateName) > maxNameLength-suffixLength {
		generateName = generateName[:maxNameLength-suffixLength]
	}
	name := []byte(generateName)
	for range suffixLength {
		name = append(name, suffixLetters[s.names.rand.IntN(len(suffixLetters))])
	}
	return string(name)
}
