package training

import "time"

// Pace says how the story's time runs beside the wall's: as fast until Live,
// Speed times as fast from then on. The zero Pace is the wall's time.
type Pace struct {
	Live  time.Time
	Speed float64
}

// Story is the story's time at a moment of the wall clock.
func (p Pace) Story(wall time.Time) time.Time {
	since := wall.Sub(p.Live)
	if p.Speed == 0 || p.Speed == 1 || since <= 0 {
		return wall
	}
	return p.Live.Add(time.Duration(float64(since) * p.Speed))
}

// Wall is the moment of the wall clock when it is that time in the story.
func (p Pace) Wall(story time.Time) time.Time {
	since := story.Sub(p.Live)
	if p.Speed == 0 || p.Speed == 1 || since <= 0 {
		return story
	}
	return p.Live.Add(time.Duration(float64(since) / p.Speed))
}
