package anonymize

import (
	"net/url"
	"regexp"
	"strings"
)

// pathWords are the words in addresses of the services' interfaces.
var pathWords = words(`v1.0 beta $metadata users me todo lists tasks contacts contactfolders childfolders calendars calendar calendargroups
	calendarview events instances delta mailfolders messages $entity $count groups places services data sobjects query queryall updated deleted
	listviews results describe calendarlist acl people connections othercontacts contactgroups v1 v3 v2 tasks calendar primary @default`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// knownHosts serve everybody alike.
var knownHosts = words(`graph.microsoft.com www.googleapis.com people.googleapis.com tasks.googleapis.com calendar.googleapis.com outlook.office365.com`)

// objectForm is an object of Salesforce or a type of Graph in an address.
var objectForm = regexp.MustCompile(`^(?:Account|Contact|Task|Event|User|Lead|Profile|UserRole|EventRelation|TaskRelation|ListView|UserRecordAccess|v\d+\.\d+)$`)

// URL rewrites an address of the web: it keeps the words of the services'
// interfaces, and replaces ids and everything else.
func (n *Names) URL(s string) string {
	if n.stays(s) {
		return s
	}
	if out, ok := n.date(s); ok || s == "" {
		return out
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return n.urlPath(s)
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if !knownHosts[strings.ToLower(host)] {
		host = n.Domain(host)
	}
	return scheme + "://" + host + n.urlPath(path)
}

// urlPath rewrites what follows the host.
func (n *Names) urlPath(s string) string {
	path, fragment, hasFragment := strings.Cut(s, "#")
	path, query, hasQuery := strings.Cut(path, "?")
	out := n.segments(path)
	if hasQuery {
		out += "?" + n.parameters(query)
	}
	if hasFragment {
		out += "#" + n.segments(fragment)
	}
	return out
}

// segmentForm is one name, argument or separator of a path.
var segmentForm = regexp.MustCompile(`'[^']*'|\([A-Za-z][A-Za-z0-9_,/()$]*\)|[^/()',]+`)

// segments rewrites a path: names that the services have stay, the rest are ids.
func (n *Names) segments(path string) string {
	return segmentForm.ReplaceAllStringFunc(path, func(seg string) string {
		if strings.HasPrefix(seg, "'") {
			return "'" + n.segment(seg[1:len(seg)-1]) + "'"
		}
		if strings.HasPrefix(seg, "(") || pathWords[strings.ToLower(seg)] || objectForm.MatchString(seg) {
			return seg // selected fields, Collection(contact)
		}
		if seg == "Collection" {
			return seg
		}
		return n.segment(seg)
	})
}

// segment rewrites an argument, escaped or not.
func (n *Names) segment(seg string) string {
	plain, err := url.PathUnescape(seg)
	if err != nil || plain == seg {
		return n.locator(seg)
	}
	return strings.ReplaceAll(url.PathEscape(n.locator(plain)), "@", "%40")
}

// locatorForm is the id of a query's further rows: an id and a number of rows.
var locatorForm = regexp.MustCompile(`^(0[0-9A-Za-z]{14}(?:[0-9A-Za-z]{3})?)-(\d+)$`)

func (n *Names) locator(s string) string {
	if m := locatorForm.FindStringSubmatch(s); m != nil {
		return n.ID(m[1]) + "-" + m[2]
	}
	return n.ID(s)
}

// parameters rewrites a query: dates are shifted, what is opaque is dropped.
func (n *Names) parameters(query string) string {
	list := strings.Split(query, "&")
	for i, p := range list {
		name, value, ok := strings.Cut(p, "=")
		if !ok {
			list[i] = "x"
			continue
		}
		switch strings.ToLower(strings.ReplaceAll(name, "%24", "$")) {
		case "startdatetime", "enddatetime", "timemin", "timemax", "updatedmin", "start", "end", "duemin", "duemax", "completedmin", "completedmax":
			plain, err := url.QueryUnescape(value)
			if err != nil {
				plain = value
			}
			plain = strings.ReplaceAll(plain, " ", "+")
			if out, ok := n.date(plain); ok {
				if err == nil && plain != value {
					out = url.QueryEscape(out)
				}
				list[i] = name + "=" + out
				continue
			}
			list[i] = name + "=x"
		case "$select", "$expand", "$top", "$skip", "$orderby", "fields", "maxresults", "singleevents", "showdeleted", "pagesize", "personfields":
		default:
			list[i] = name + "=x"
		}
	}
	return strings.Join(list, "&")
}

// fileWords are the words by which files are told apart.
var fileWords = words(`contact contacts task tasks event events user users account accounts lead leads profile eventrelation eventrelations taskrelation
	taskrelations userrecordaccess useraccess access relation relations record records salesforce delta updated deleted full settings links capture
	listviews listview describes describe objects meta todolists todotasks contactfolders calendars mailfolders folders folder lists calendarview
	calendar people connections bulk report export page pages todo plan graph ews google series instances changes sync json csv xml ics vcf
	details view restart getitem syncfolderitems finditem getfolder findfolder calendarlist tasklists contactgroups`)

// FileName rewrites the name of a file: the words by which files are told apart
// and short numbers, which number pages, stay.
func (n *Names) FileName(s string) string {
	stem, ext, _ := strings.Cut(s, ".")
	if n.stays(stem) {
		return s
	}
	if out, ok := n.record(stem); ok {
		stem = out
	} else {
		stem = n.text(stem, fileWords)
	}
	if ext == "" {
		return stem
	}
	return stem + "." + n.text(ext, fileWords)
}

// ViewName rewrites the developer name of a list view, as the file that holds it.
func (n *Names) ViewName(s string) string {
	if out, ok := n.record(s); ok {
		return out
	}
	return n.text(s, fileWords)
}
