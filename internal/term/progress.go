package term

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Progress shows how far a run is: on a terminal one bar with a count and what
// is in flight, elsewhere a line as a thing starts and one as it ends. Its
// methods may be called from several goroutines.
type Progress struct {
	mu       sync.Mutex
	streams  Streams
	bars     *mpb.Progress // nil without a terminal
	bar      *mpb.Bar
	inFlight []string // in the order in which they started
}

// NewProgress begins the progress of total things.
func NewProgress(s Streams, total int) *Progress {
	p := &Progress{streams: s}
	if !s.ErrTerminal || total == 0 {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(s.Err), mpb.WithWidth(min(s.Width(), 30)), mpb.WithAutoRefresh())
	p.bar = p.bars.AddBar(int64(total),
		mpb.PrependDecorators(decor.CountersNoUnit("%d / %d")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return p.current() })),
		mpb.BarRemoveOnComplete(),
	)
	return p
}

// Start says that a thing began: text is the line for it.
func (p *Progress) Start(name, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight = append(p.inFlight, name)
	if p.bar == nil {
		fmt.Fprintln(p.streams.Err, Escape(text))
	}
}

// Note is a line about something in flight; a terminal has no room for it.
func (p *Progress) Note(text string) {
	if p.bar == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		fmt.Fprintln(p.streams.Err, Escape(text))
	}
}

// End says that a thing ended, well or not; a failure is shown on a terminal too.
func (p *Progress) End(name, text string, failed bool) {
	p.mu.Lock()
	if i := slices.Index(p.inFlight, name); i >= 0 {
		p.inFlight = slices.Delete(p.inFlight, i, i+1)
	}
	if p.bar == nil {
		fmt.Fprintln(p.streams.Err, Escape(text))
	}
	p.mu.Unlock()
	if p.bar == nil {
		return
	}
	// Outside the lock: the bar's own goroutine takes it to draw.
	if failed {
		fmt.Fprintln(p.bars, Escape(text))
	}
	p.bar.Increment()
}

// Close takes the bar away. Nothing may be started after it.
func (p *Progress) Close() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
}

// current is what is in flight, as far as there is room.
func (p *Progress) current() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := []rune(Escape(strings.Join(p.inFlight, ", ")))
	if room := max(p.streams.Width()-46, 10); len(text) > room {
		text = append(text[:room-1], '…')
	}
	return string(text)
}
