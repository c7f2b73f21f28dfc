package term

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trustctl/trustctl/internal/visible"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// barWidth is the widest that the bar itself gets.
const barWidth = 30

// Progress shows how far a run is: on a terminal one bar with a count, the rate
// of calls, the time left and what is in flight, elsewhere a line as a thing starts and one as it ends. Its
// methods may be called from several goroutines.
type Progress struct {
	mu       sync.Mutex
	streams  Streams
	bars     *mpb.Progress // nil without a terminal
	bar      *mpb.Bar
	inFlight []string          // in the order in which they started
	notes    map[string]string // of what is in flight
	rate     *rate
}

// NewProgress begins the progress of total things.
func NewProgress(s Streams, total int, now func() time.Time) *Progress {
	p := &Progress{streams: s, notes: map[string]string{}, rate: &rate{now: now, began: now(), total: total}}
	if !s.ErrTerminal || total == 0 {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(s.Err), mpb.WithWidth(min(s.Width(), barWidth)), mpb.WithAutoRefresh())
	row := &row{}
	p.bar = p.bars.AddBar(int64(total),
		mpb.PrependDecorators(row, decor.CountersNoUnit("%d / %d")),
		mpb.AppendDecorators(decor.Any(func(s decor.Statistics) string { return row.fill(p.current(s.AvailableWidth)) })),
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
		fmt.Fprintln(p.streams.Err, visible.Line(text))
	}
}

// Call says that a call is made.
func (p *Progress) Call() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rate.call()
}

// Note is a line about something in flight; a terminal has no room for it.
func (p *Progress) Note(text string) {
	if p.bar == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		fmt.Fprintln(p.streams.Err, visible.Line(text))
	}
}

// Still says that a thing takes its time: text is the line for it, note is
// what a terminal shows behind its name.
func (p *Progress) Still(name, text, note string) {
	p.mu.Lock()
	p.notes[name] = note
	p.mu.Unlock()
	p.Note(text)
}

// Say prints a line, above the bar if there is one.
func (p *Progress) Say(text string) {
	if p.bar == nil {
		p.Note(text)
		return
	}
	// Over the whole line, whatever a terminal echoed there; outside the lock, as in End.
	fmt.Fprintf(p.bars, "\r%s\x1b[K\n", visible.Line(text))
}

// End says that a thing ended, well or not; a failure is shown on a terminal too.
func (p *Progress) End(name, text string, failed bool) {
	p.mu.Lock()
	if i := slices.Index(p.inFlight, name); i >= 0 {
		p.inFlight = slices.Delete(p.inFlight, i, i+1)
	}
	delete(p.notes, name)
	p.rate.done++
	p.mu.Unlock()
	p.Note(text)
	if p.bar == nil {
		return
	}
	// Outside the lock: the bar's own goroutine takes it to draw.
	if failed {
		p.Say(text)
	}
	p.bar.Increment()
}

// Close takes the bar away. Nothing may be started after it.
func (p *Progress) Close() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
		fmt.Fprint(p.streams.Err, "\r\x1b[J") // what was typed meanwhile stands before what is printed next
	}
}

// current is what is in flight, as far as there is room.
func (p *Progress) current(room int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	if pace := p.rate.String(); pace != "" {
		all = append(all, pace)
	}
	for _, name := range p.inFlight {
		if note := p.notes[name]; note != "" {
			name += " (" + note + ")"
		}
		all = append(all, name)
	}
	text := []rune(visible.Line(strings.Join(all, ", ")))
	// Of the room before the bar is drawn, with a space on either side and
	// one column kept free, since a full line wraps on some terminals.
	room = max(room-min(room, barWidth)-3, 10)
	if len(text) > room {
		text = append(text[:room-1], '…')
	}
	return string(text)
}

// row is drawn before all else of the bar's line: it takes away what is left
// of the last one. The bar's own erasing begins where the cursor stands, which
// is behind the ^C that a terminal echoes, and knows of one line, where a
// terminal that became narrower has wrapped it to several.
type row struct {
	decor.WC
	width, last int // of the terminal, of the line
}

// Decor is the row as a decorator that takes no room.
func (r *row) Decor(s decor.Statistics) (string, int) {
	up := ""
	if s.AvailableWidth > 0 && s.AvailableWidth < r.width && r.last > s.AvailableWidth {
		up = fmt.Sprintf("\x1b[%dA", (r.last-1)/s.AvailableWidth)
	}
	r.width = s.AvailableWidth
	return up + "\r\x1b[J", 0
}

// fill keeps in mind how long the line is that ends with text.
func (r *row) fill(text string) string {
	r.last = min(r.width, len("9999 / 9999")+barWidth+2+len([]rune(text)))
	return text
}
