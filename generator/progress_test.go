package generator

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgress is told after a second, also where nothing comes, and its end if it was told at all.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := make(chan Progress, 10)
		p := newProgress(func(now Progress) { told <- now }, "x", "bytes", 0)
		p.add(1)
		time.Sleep(progressAfter - time.Millisecond)
		if synctest.Wait(); len(told) > 0 {
			t.Errorf("told before a second was over: %v", <-told)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		p.expect(10)
		p.add(2)
		time.Sleep(progressEvery)
		synctest.Wait()
		p.end()
		time.Sleep(time.Hour)
		want := []Progress{{What: "x", Unit: "bytes", Done: 1}, {What: "x", Unit: "bytes", Done: 3, Total: 10}, {What: "x", Unit: "bytes", Done: 3, Total: 10, End: true}}
		close(told)
		var got []Progress
		for now := range told {
			got = append(got, now)
		}
		if !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
		quick := newProgress(func(Progress) { t.Error("told of what took no second") }, "x", "bytes", 0)
		quick.end()
		time.Sleep(time.Hour)
		newProgress(nil, "x", "bytes", 0).end()
	})
}
