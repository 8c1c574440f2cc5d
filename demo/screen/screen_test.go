package screen

import "testing"

func TestTheStoryIsOnStage(t *testing.T) {
	Play(t, Options{Width: 160, Height: 48, Seed: 1}, func(x *Screen) {
		x.Shows("GPUs 192", "svtr-kfold", "failing", "det-large", "waiting", "ernie-pretrain")
		t.Log(x.Text())
	})
}
