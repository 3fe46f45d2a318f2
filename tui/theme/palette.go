package theme

import "github.com/charmbracelet/lipgloss"

type palette struct {
	plain, dim, faint                       lipgloss.TerminalColor
	accent, good, info, warn, bad, mark     lipgloss.TerminalColor
	str, num, keyword, comment, tag, key    lipgloss.TerminalColor
	header, headerText, alarm, alarmText    lipgloss.TerminalColor
	notice, noticeText, selected, bar, head lipgloss.TerminalColor
	bold                                    bool // everything that matters is bold
}

// of is a colour, and what comes nearest to its part where there are but 256 or 16: the nearest in numbers makes a red of a brown.
func of(whole, of256, of16 string) lipgloss.TerminalColor {
	return lipgloss.CompleteColor{TrueColor: whole, ANSI256: of256, ANSI: of16}
}

func plainly(of16 string) lipgloss.TerminalColor { return lipgloss.Color(of16) }

var palettes = map[string]palette{
	"dark": {
		plain: of("#d8d4cc", "188", "7"), dim: of("#8d8880", "102", "8"), faint: of("#4b4844", "239", "8"),
		accent: of("#f0b357", "215", "11"), good: of("#9ccc65", "149", "10"), info: of("#6cb6d9", "74", "14"),
		warn: of("#f2c14e", "221", "11"), bad: of("#ff6f61", "203", "9"), mark: of("#ffd54f", "221", "11"),
		key: of("#7fc8e0", "116", "14"), str: of("#b5d68a", "150", "10"), num: of("#e2a478", "180", "3"),
		keyword: of("#c99ae0", "176", "13"), comment: of("#8d8880", "102", "8"), tag: of("#6cb6d9", "74", "14"),
		header: of("#33291d", "236", "7"), headerText: of("#d9c7a8", "187", "0"),
		alarm: of("#8c2323", "88", "1"), alarmText: of("#ffffff", "231", "15"),
		notice: of("#2d4a2a", "22", "2"), noticeText: of("#e6f2dc", "194", "0"),
		selected: of("#3a3226", "237", "4"), bar: of("#d99a3d", "179", "3"), head: of("#f0b357", "215", "11"),
	},
	"light": {
		plain: of("#2a2723", "235", "0"), dim: of("#6f6a62", "242", "8"), faint: of("#c4beb3", "250", "8"),
		accent: of("#8f5400", "94", "5"), good: of("#2f7a1f", "28", "2"), info: of("#0b6a96", "24", "4"),
		warn: of("#8a5d00", "94", "3"), bad: of("#b3261e", "124", "1"), mark: of("#a66a00", "130", "3"),
		key: of("#0b5f80", "24", "4"), str: of("#37701c", "22", "2"), num: of("#9a4a12", "130", "1"),
		keyword: of("#7a3e9d", "97", "5"), comment: of("#6f6a62", "242", "8"), tag: of("#0b6a96", "24", "4"),
		header: of("#eadfca", "253", "6"), headerText: of("#4a3a20", "236", "0"),
		alarm: of("#b3261e", "124", "1"), alarmText: of("#ffffff", "231", "15"),
		notice: of("#d8ecd0", "194", "2"), noticeText: of("#1f4d14", "22", "0"),
		selected: of("#f3e6c8", "230", "7"), bar: of("#b9761b", "136", "3"), head: of("#8f5400", "94", "5"),
	},
	"contrast": {
		plain: plainly("15"), dim: plainly("15"), faint: plainly("7"),
		accent: plainly("11"), good: plainly("10"), info: plainly("14"), warn: plainly("11"), bad: plainly("9"), mark: plainly("11"),
		key: plainly("14"), str: plainly("10"), num: plainly("11"), keyword: plainly("13"), comment: plainly("7"), tag: plainly("14"),
		header: plainly("15"), headerText: plainly("0"), alarm: plainly("9"), alarmText: plainly("0"),
		notice: plainly("10"), noticeText: plainly("0"), selected: plainly("4"), bar: plainly("11"), head: plainly("15"), bold: true,
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
