package anonymize

import (
	"encoding/xml"
	"io"
	"strings"
)

// xmlKeep are elements and attributes, besides those of the other tables, whose
// texts are words of the service.
var xmlKeep = words(`responseclass responsecode messagetext descriptivelinkkey itemclass sensitivity importance legacyfreebusystatus
	calendaritemtype myresponsetype responsetype mailboxtype routingtype key status bodytype distinguishedfolderid propertysetid propertyname
	propertytype propertytag propertyid distinguishedpropertysetid xmlns xsi type version majorversion minorversion majorbuildnumber
	minorbuildnumber daysofweek dayofweekindex firstdayofweek month timezone timezonename starttimezone endtimezone meetingtimezone
	includeslastiteminrange includeslastfolderinrange islastpage totalitemsinview indexedpagingoffset filterscope operation field columns
	booleanfilter language sobjecttype isread duration conferencetype culture sourceid fileasmapping`)

// xmlID and the others are elements and attributes by class.
var (
	xmlID      = words(`id changekey uid syncstate recurringmasterid occurrenceid conversationid conversationindex parentfolderid instancekey entryid`)
	xmlAddress = words(`emailaddress email imaddress`)
	xmlHTML    = words(`body textbody uniquebody`)
	xmlView    = words(`fullname label`)
)

func xmlClass(parent, name string) Class {
	name, parent = strings.ToLower(name), strings.ToLower(parent)
	switch {
	case parent == "timezone" || parent == "starttimezone" || parent == "endtimezone" || parent == "timezonedefinition" || parent == "meetingtimezone":
		return Keep
	case parent == "emailaddresses" && name == "entry", xmlAddress[name]:
		return Address
	case xmlKeep[name]:
		return Keep
	case xmlID[name]:
		return ID
	case xmlHTML[name]:
		return HTML
	case xmlView[name]:
		return ViewName
	}
	return ByShape
}

// rewriteXML copies XML token by token. Comments and processing instructions but
// the declaration are dropped, and a document type ends the reading.
func (n *Names) rewriteXML(r io.Reader, w io.Writer) error {
	dec := xml.NewDecoder(r)
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var stack []string
	for {
		tok, err := dec.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		out := ""
		switch t := tok.(type) {
		case xml.StartElement:
			out = n.startTag(t, top(stack))
			stack = append(stack, t.Name.Local)
		case xml.EndElement:
			out = "</" + qualified(t.Name) + ">"
			if len(stack) > 0 {
				stack = stack[:len(stack)-1]
			}
		case xml.CharData:
			out = n.charData(string(t), stack)
		case xml.ProcInst:
			if t.Target == "xml" {
				out = `<?xml version="1.0" encoding="utf-8"?>`
			}
		case xml.Directive:
			return errDirective
		}
		if _, err := io.WriteString(w, out); err != nil {
			return err
		}
	}
}

var errDirective = &xml.SyntaxError{Msg: "a document type"}

func top(stack []string) string {
	if len(stack) == 0 {
		return ""
	}
	return stack[len(stack)-1]
}

func qualified(name xml.Name) string {
	if name.Space != "" {
		return name.Space + ":" + name.Local
	}
	return name.Local
}

func (n *Names) startTag(t xml.StartElement, parent string) string {
	var b strings.Builder
	b.WriteString("<" + qualified(t.Name))
	for _, a := range t.Attr {
		value := a.Value
		if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
			value = n.xmlAttribute(t.Name.Local, a.Name.Local, value)
		}
		b.WriteString(" " + qualified(a.Name) + `="` + escapeXML(value) + `"`)
	}
	b.WriteString(">")
	return b.String()
}

// xmlAttribute rewrites an attribute; those of a time zone, a distinguished folder
// and a response stay.
func (n *Names) xmlAttribute(element, name, value string) string {
	element = strings.ToLower(element)
	if strings.Contains(element, "timezone") || element == "distinguishedfolderid" || strings.HasSuffix(element, "responsemessage") ||
		strings.HasPrefix(element, "extendedfield") || element == "serverversioninfo" || element == "rootfolder" {
		return value
	}
	return n.value(xmlClass(element, name), value)
}

func (n *Names) charData(text string, stack []string) string {
	if strings.TrimSpace(text) == "" {
		return escapeXML(text)
	}
	parent := ""
	if len(stack) > 1 {
		parent = stack[len(stack)-2]
	}
	return escapeXML(n.value(xmlClass(parent, top(stack)), text))
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#13;")

func escapeXML(s string) string { return xmlEscapes.Replace(s) }
