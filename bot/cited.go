package bot

// Where returns where the quote stands, as an answer says it: 文号, clause and
// paragraph, heading.
func (c Citation) Where() string { return where(c) }
