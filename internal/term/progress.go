package term

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trustctl/trustctl/internal/visible"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// barWidth is how wide the bar itself is: a quarter of the line, and no more
// than a bar can say.
func barWidth(columns int) int { return min(columns/4, 30) }

// Progress shows how far a run is: on a terminal one bar with a count, how much
// is in flight, the rate of calls, the time left and what is in flight,
// elsewhere a line as a thing starts and one as it ends. Its methods may be
// called from several goroutines.
type Progress struct {
	mu       sync.Mutex
	streams  Streams
	bars     *mpb.Progress // nil without a terminal
	bar      *mpb.Bar
	barWidth int
	started  int
	inFlight map[string]flight
	rate     *rate
}

// flight is a thing that started and did not end.
type flight struct {
	nth  int    // to start
	note string // behind its name
}

// NewProgress begins the progress of total things.
func NewProgress(s Streams, total int, now func() time.Time) *Progress {
	p := &Progress{streams: s, barWidth: barWidth(s.Width()), inFlight: map[string]flight{}, rate: &rate{now: now, began: now(), total: total}}
	if !s.ErrTerminal || total == 0 {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(s.Err), mpb.WithWidth(p.barWidth), mpb.WithAutoRefresh())
	row := &row{bar: p.barWidth}
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
	p.started++
	p.inFlight[name] = flight{nth: p.started}
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
	if f, on := p.inFlight[name]; on {
		p.inFlight[name] = flight{f.nth, note}
	}
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
	delete(p.inFlight, name)
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

// current is how it goes and what is in flight, as far as there is room.
func (p *Progress) current(room int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var how, names []string
	if n := len(p.inFlight); n > 0 {
		how = append(how, fmt.Sprintf("%d in flight", n))
	}
	if pace := p.rate.String(); pace != "" {
		how = append(how, pace)
	}
	inOrder := slices.SortedFunc(maps.Keys(p.inFlight), func(a, b string) int { return cmp.Compare(p.inFlight[a].nth, p.inFlight[b].nth) })
	for _, name := range inOrder {
		if note := p.inFlight[name].note; note != "" {
			name += " (" + note + ")"
		}
		names = append(names, name)
	}
	line := strings.Join(how, ", ")
	if len(names) > 0 {
		line += ": " + strings.Join(names, ", ")
	}
	text := []rune(visible.Line(line))
	// Of the room before the bar is drawn, with a space on either side and
	// one column kept free, since a full line wraps on some terminals.
	room = max(room-min(room, p.barWidth)-3, 10)
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
	bar         int
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
	r.last = min(r.width, len("9999 / 9999")+r.bar+2+len([]rune(text)))
	return text
}
