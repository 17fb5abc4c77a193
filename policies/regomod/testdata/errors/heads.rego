package weir.rules

exclude contains {"reason": sprintf("%s", [input.item.title])} if input.item.private # want `sprintf("%s", [input.item.title])` Constant expected: "reason" takes a text

exclude contains {"kinds": ["event"]} if input.item.private # want `{"kinds": ["event"]}` Missing reason: A rule must say its reason

exclude contains {"reason": "x", "kinds": ["evnt"]} if input.item.private # want `["evnt"]` Unknown kind: There is no kind "evnt"; the kinds are "contact", "task" and "event". Did you mean "event"?

exclude contains {"reason": "x", "direction": "sideways"} # want `"sideways"` Constant expected: "direction" takes "down", "up" or "both".

exclude contains {"reason": "x", "kind": ["event"]} # want `"kind"` Unknown attribute: A rule's object has no attribute "kind", only "direction", "kinds", "name" and "reason". Did you mean "kinds"?

exclude contains "x" # want `"x"` Object expected

hold contains {"reason": "x"} if input.item.end > input.now # want `end` Attribute of another kind: A contact or task has no attribute "end". Leave that kind out: put "kinds": ["event"] into the rule's object.

hold contains {"reason": "x"} if input.item.custom.Ratng__c == "Hot" # want `Ratng__c` Unknown custom field: No captured contact, task or event row has a field "Ratng__c". Did you mean "Rating__c"?
