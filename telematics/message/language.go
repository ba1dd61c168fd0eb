package message

import (
	"strings"

	"golang.org/x/text/language"
)

// Language is one that the program speaks.
type Language string

// The languages.
const (
	English Language = "en"
	German  Language = "de"
)

// FromEnv finds the user's language as POSIX says: the first of LC_ALL,
// LC_MESSAGES and LANG that is set. What is not spoken here is English.
func FromEnv(getenv func(string) string) Language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			return fromLocale(locale)
		}
	}
	return English
}

// fromLocale reads de_DE.UTF-8@euro, de-AT, de, C.
func fromLocale(locale string) Language {
	locale = strings.ToLower(locale)
	if end := strings.IndexAny(locale, "_-.@"); end >= 0 {
		locale = locale[:end]
	}
	if Language(locale) == German {
		return German
	}
	return English
}

func (l Language) tag() language.Tag {
	if l == German {
		return language.German
	}
	return language.English
}
