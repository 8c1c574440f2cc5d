package training

import "time"

// Pace is how the story's time runs beside the wall's. A sim.Sim is one.
type Pace interface {
	Story(wall time.Time) time.Time
	Wall(story time.Time) time.Time
}

// even is the pace of a story that is as fast as the wall.
type even struct{}

func (even) Story(wall time.Time) time.Time { return wall }
func (even) Wall(story time.Time) time.Time { return story }
