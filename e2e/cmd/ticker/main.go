// Command ticker is the yardstick for rest: Bubble Tea's renderer never stops
// ticking, and this is what ticking alone costs.
package main

import "time"

func main() {
	for range time.Tick(time.Second / 120) {
	}
}
