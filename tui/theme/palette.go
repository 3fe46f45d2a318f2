package theme

import "github.com/charmbracelet/lipgloss"

type palette struct {
	plain, dim, faint                       lipgloss.Color
	accent, good, info, warn, bad, mark     lipgloss.Color
	str, num, keyword, comment, tag, key    lipgloss.Color
	header, headerText, alarm, alarmText    lipgloss.Color
	notice, noticeText, selected, bar, head lipgloss.Color
	bold                                    bool // everything that matters is bold
}

var palettes = map[string]palette{
	"dark": {
		plain: "#d8d4cc", dim: "#8d8880", faint: "#4b4844",
		accent: "#f0b357", good: "#9ccc65", info: "#6cb6d9", warn: "#f2c14e", bad: "#ff6f61", mark: "#ffd54f",
		key: "#7fc8e0", str: "#b5d68a", num: "#e2a478", keyword: "#c99ae0", comment: "#8d8880", tag: "#6cb6d9",
		header: "#33291d", headerText: "#d9c7a8", alarm: "#8c2323", alarmText: "#ffffff",
		notice: "#2d4a2a", noticeText: "#e6f2dc", selected: "#3a3226", bar: "#d99a3d", head: "#f0b357",
	},
	"light": {
		plain: "#2a2723", dim: "#6f6a62", faint: "#c4beb3",
		accent: "#8f5400", good: "#2f7a1f", info: "#0b6a96", warn: "#8a5d00", bad: "#b3261e", mark: "#a66a00",
		key: "#0b5f80", str: "#37701c", num: "#9a4a12", keyword: "#7a3e9d", comment: "#6f6a62", tag: "#0b6a96",
		header: "#eadfca", headerText: "#4a3a20", alarm: "#b3261e", alarmText: "#ffffff",
		notice: "#d8ecd0", noticeText: "#1f4d14", selected: "#f3e6c8", bar: "#b9761b", head: "#8f5400",
	},
	"contrast": {
		plain: "15", dim: "15", faint: "7",
		accent: "11", good: "10", info: "14", warn: "11", bad: "9", mark: "11",
		key: "14", str: "10", num: "11", keyword: "13", comment: "7", tag: "14",
		header: "15", headerText: "0", alarm: "9", alarmText: "0",
		notice: "10", noticeText: "0", selected: "4", bar: "11", head: "15", bold: true,
	},
}

func (p palette) style(r *lipgloss.Renderer, i Ink) lipgloss.Style {
	s := r.NewStyle()
	switch i {
	case Plain:
		s = s.Foreground(p.plain)
	case Dim, Comment:
		s = s.Foreground(p.dim)
	case Strong:
		s = s.Foreground(p.plain).Bold(true)
	case Accent:
		s = s.Foreground(p.accent).Bold(true)
	case Title:
		s = s.Foreground(p.head).Bold(true)
	case Good, Added:
		s = s.Foreground(p.good)
	case Info, Hunk:
		s = s.Foreground(p.info)
	case Warn:
		s = s.Foreground(p.warn)
	case Bad:
		s = s.Foreground(p.bad).Bold(true)
	case Removed:
		s = s.Foreground(p.bad)
	case Mark:
		s = s.Foreground(p.mark)
	case Key:
		s = s.Foreground(p.key)
	case String:
		s = s.Foreground(p.str)
	case Number:
		s = s.Foreground(p.num)
	case Keyword:
		s = s.Foreground(p.keyword)
	case Tag:
		s = s.Foreground(p.tag)
	case Bar:
		s = s.Foreground(p.bar)
	case Rule:
		s = s.Foreground(p.faint)
	case Focus:
		s = s.Foreground(p.accent)
	case Header:
		s = s.Foreground(p.headerText).Background(p.header)
	case HeaderStrong:
		s = s.Foreground(p.headerText).Background(p.header).Bold(true)
	case Alarm:
		s = s.Foreground(p.alarmText).Background(p.alarm).Bold(true)
	case Notice:
		s = s.Foreground(p.noticeText).Background(p.notice)
	}
	if p.bold && i != Dim && i != Comment && i != Rule {
		s = s.Bold(true)
	}
	return s
}
