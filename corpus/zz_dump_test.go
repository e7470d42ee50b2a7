package corpus_test
import ("testing";"os";"fmt";"path/filepath";"strings")
func TestZZDump(t *testing.T){
 files,_:=filepath.Glob("../../shared/policy/real/*.txt")
 for _,f:=range files{ data,_:=os.ReadFile(f); doc:=parse(t,string(data))
  var b strings.Builder
  fmt.Fprintf(&b,"%q %s %v %s w=%s e=%s x=%s rep=%v id=%s\n",doc.Title,doc.Number,doc.Issuers,doc.Region,doc.Written,doc.Effective,doc.Expires,doc.Replaces,doc.ID)
  for _,c:=range doc.Clauses{ s:=[]rune(c.Text); h:=s; if len(s)>50{h=append(append([]rune{},s[:30]...),append([]rune("…"),s[len(s)-20:]...)...)}
   fmt.Fprintf(&b,"%s %v | %s\n",c.Path,c.Headings,string(h))
   for _,r:=range c.Responsibilities{fmt.Fprintf(&b,"      %s %s <%s> inh=%v basis=%s\n",r.Role,r.Bureau,r.AsWritten,r.Inherited,r.Basis)}}
  for _,w:=range doc.Warnings{fmt.Fprintf(&b,"WARN %d %s\n",w.Line,w.Message)}
  os.WriteFile("/tmp/dump/"+filepath.Base(f),[]byte(b.String()),0o644)
 }
}
