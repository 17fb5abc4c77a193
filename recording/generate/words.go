package generate

import (
	"strconv"
	"strings"
)

// The words that names and texts are made of. Some need more than ASCII.
var (
	firstNames = strings.Fields("Ann Ben Chloé Dana Emeka Femi Grace Hugo Inés Jonas Kim Lucía Mei Noor Olu Paula Quentin Rosa Søren Tariq Uma Victor Wanda Xin Yara Zoë Björn François Jürgen Łukasz")
	lastNames  = strings.Fields("Lee Brown Cole Diaz Evans Fischer Garcia Haas Ito Jensen Kaya Lopez Müller Nakamura Okafor Park Quinn Rossi Sánchez Tanaka Ueda Vogel Weiß Xu Young Zhang O'Brien Nørgaard Kowalski Lindqvist")
	companies  = strings.Fields("Globex Initech Umbrella Hooli Stark Wayne Tyrell Cyberdyne Soylent Vandelay Wonka Aperture Massive Duff Oscorp Nakatomi")
	titles     = []string{"Buyer", "Head of Purchasing", "Chief Executive", "Site Manager", "Engineer", "", "Assistant", "Director, EMEA", "VP \"Growth\""}
	verbs      = strings.Fields("Call Visit Review Prepare Send Renew Check Discuss Plan Close")
	topics     = []string{"the offer", "the renewal", "the contract", "the new site in Lyon", "Q3 numbers", "the demo; second round", "samples", "the security questionnaire", "Übergabe", "next steps"}
	places     = []string{"", "Room 1", "Room 2, 3rd floor", "Online", "Café Central", "Globex HQ, Main St. 1"}
	sentences  = []string{"Ask about the renewal and the new site.", "They want a discount of 15 % on everything.", "Bring the printed offer.", "Contract ends in June; see the attachment.",
		"Nächster Schritt: Angebot schicken.", "Follow up if there is no answer within a week.", "\"As soon as possible\", says the buyer.", "Numbers: 12, 14, 20."}
)

func pick[T any](d dice, question int, list []T) T { return list[d.roll(question, len(list))] }

// text is a text of some sentences; often none.
func text(d dice, question int) string {
	n := d.roll(question, 8) - 2
	if n <= 0 {
		return ""
	}
	parts := make([]string, n)
	for i := range parts {
		parts[i] = pick(d, question*100+i, sentences)
	}
	return strings.Join(parts, "\n")
}

// plain is a name as it stands in an address.
func plain(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		if c >= 'a' && c <= 'z' {
			b.WriteRune(c)
		}
	}
	return b.String()
}

func number36(n int) string { return strconv.FormatInt(int64(n), 36) }

// phone is a telephone number.
func phone(d dice, question int) string {
	if d.oneIn(question, 5) {
		return ""
	}
	return "+1 415 555 " + strconv.Itoa(1000+d.roll(question+1, 9000))
}
