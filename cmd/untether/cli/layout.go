package cli

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

func (p *page) paint(s style, text string) string {
	if s == plain || !p.colour {
		return text
	}
	return string(s) + text + reset
}

type (
	row   []string
	table []row
)

// table prints rows in columns as wide as their widest cell; a row's last cell
// takes what room there is and is wrapped under itself.
func (p *page) table(t table) {
	widths := t.widths()
	for _, cells := range t {
		line, at := " ", 2
		last := len(cells) - 1
		for i, cell := range cells[:last] {
			line += " " + pad(cell, widths[i]) + " "
			at += widths[i] + 2
		}
		rest := wrap(cells[last], max(p.width-at, 24))
		line += " " + strings.Join(rest, "\n"+strings.Repeat(" ", at))
		fmt.Fprintln(p.out, strings.TrimRight(line, " "))
	}
}

// widths are those of all cells but each row's last.
func (t table) widths() (widths []int) {
	for _, cells := range t {
		for i, cell := range cells[:len(cells)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], visible(cell))
		}
	}
	return widths
}

// item prints a paragraph with a bullet.
func (p *page) item(text string, s style) {
	for i, l := range wrap(text, p.width-4) {
		bullet := "  - "
		if i > 0 {
			bullet = "    "
		}
		fmt.Fprintln(p.out, bullet+p.paint(s, l))
	}
}

func (p *page) line(text string, s style) {
	for _, l := range wrap(text, p.width) {
		fmt.Fprintln(p.out, p.paint(s, l))
	}
}

func pad(s string, n int) string { return s + strings.Repeat(" ", max(n-visible(s), 0)) }

// visible counts what takes room: not the bytes of colours.
func visible(s string) (n int) {
	for escape := false; len(s) > 0; {
		c, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case c == 0x1b:
			escape = true
		case escape:
			escape = c != 'm'
		default:
			n++
		}
	}
	return n
}

// wrap breaks a text at blanks into lines of at most n columns, where words
// allow it.
func wrap(text string, n int) (lines []string) {
	line := ""
	for _, word := range strings.Split(text, " ") {
		if line != "" && visible(line)+1+visible(word) > n {
			lines, line = append(lines, line), word
			continue
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
