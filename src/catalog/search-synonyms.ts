/**
 * Words that mean nearly the same where tools are spoken of: what people ask for, and how tools say it. General on purpose:
 * the verbs that most tools have, and the things that most servers deal in.
 */
import { stemOf } from './search-words.ts';

/** Each line is a group; a word may stand in several. */
const groups = `
find search locate lookup seek discover query
get fetch read retrieve show view display obtain return load
list enumerate show browse overview
describe explain detail info information metadata property attribute
create add make new insert generate register provision establish
update edit modify change alter patch set adjust replace rewrite amend revise
delete remove drop destroy erase clear purge discard wipe
send post publish submit deliver push notify
reply respond answer
run execute call invoke launch trigger perform evaluate
start begin launch open
stop end cancel abort terminate kill halt
close finish end
move rename relocate transfer
copy duplicate clone replicate fork
write save store put persist record
append add attach
join connect link associate relate relationship relation
verify check validate test inspect
check status state health
compare diff difference differ versus
change edit modification diff
undo revert reset restore rollback rollout
switch checkout change
merge combine unify
split divide separate
count number total many
quantity count number total
sum total aggregate
average mean aggregate
convert transform translate
parse extract analyze
scrape crawl extract
upload import attach
download export
install setup add
uninstall remove
enable activate
disable deactivate
approve accept grant allow permit
deny reject decline refuse
share grant invite
schedule plan
subscribe follow watch
monitor watch observe track
summarize summary digest
ask question prompt
think reason thought
sort order rank
filter match
scale resize replica
wait pause sleep
resume continue
directory folder
tree nested recursive hierarchy
file document
text content
image picture photo screenshot
screenshot capture snapshot
video clip movie
audio sound music
media image audio video
page document note
webpage website site url page
web internet online
url link address
fetch download
browser tab
issue ticket bug
task todo
pull merge mr pr
repository repo project
branch ref
commit revision
history log past commit
log message output
user person member account colleague coworker teammate developer
team group
organization org company
profile user
message chat text
thread conversation
channel room
email mail
emoji reaction
comment note remark annotation
calendar schedule
event meeting appointment
available availability free busy
time clock hour
date day
timezone zone
location place address
nearby local
map route
price cost pricing
payment charge
invoice bill
customer client
order purchase
database db
table sheet
column field
row record entry
document record
collection table
schema structure definition
sql query
key value
index indexes
performance slow
size large big
storage disk
cluster server
server machine host
vm machine instance virtual
container pod
deploy release rollout
deployment release
environment env
secret credential password token key
permission access role right
setting config configuration option preference
error exception failure problem
alert alarm warning
report analytics statistic stats
metric measure
graph network
node entity
edge relation relationship
knowledge memory
memory remember recall
template boilerplate
label tag
title name
name title
image icon
click press tap
type input enter
form field
dropdown select option
key press
drag drop
scroll move
navigate visit open go
weather forecast
news headline article
popup dialog modal prompt
notify notification alert
paper article publication
restaurant place
code source
function method
endpoint api
mock fake
specification spec openapi
workspace project
version release
percentage percent
currency money
sms text
phone call
environment variable
limit quota
usage consumption
follower friend
menu list
default standard
current now
every all list
largest biggest top
latest recent newest
`;

/** Of a word and its kin, by stem. A word that has come to others of its group counts less than itself. */
const kin = new Map<string, Set<string>>();
for (const line of groups.trim().split('\n')) {
  const stems = line.split(' ').map(stemOf);
  for (const stem of stems) {
    const known = kin.get(stem) ?? new Set();
    for (const other of stems) if (other !== stem) known.add(other);
    kin.set(stem, known);
  }
}

/** @param stem as `stemOf` gives it */
export function synonymsOf(stem: string): ReadonlySet<string> {
  return kin.get(stem) ?? none;
}

const none: ReadonlySet<string> = new Set();

/** What nearly every tool does, in some of its forms: less of a sign than what it is done to. */
export const verbs: ReadonlySet<string> = new Set(
  'get find search list show view display create add make new update edit change set put use run open give tell read write'
    .split(' ')
    .map(stemOf),
);

/** Two words that are one thing, as they are asked for and as they are written. */
export const phrases: readonly (readonly [RegExp, string])[] = [
  [/\bpull requests?\b/gi, '$& pr'],
  [/\bmerge requests?\b/gi, '$& mr'],
  [/\blook(?:ing|s)?(?:ed)? (?:up|for)\b/gi, 'find'],
  [/\bset(?:ting|s)? up\b/gi, 'create'],
  [/\bget(?:ting|s)? rid of\b/gi, 'delete'],
  [/\btak(?:e|es|ing) (?:a )?(?:screen ?shot|picture)\b/gi, 'screenshot'],
  [/\bhow (?:many|much)\b/gi, 'quantity'],
  [/\broll(?:ing|s|ed)? back\b/gi, 'rollback'],
  [/\bhow (?:large|big)\b/gi, 'size'],
  [/\bwhat time\b/gi, 'time'],
  [/\b(?:log|sign)(?:ged|ging|s|ed)? in\b/gi, 'login'],
  [/\bwho am i\b/gi, 'current user'],
  [/\bfile ?names?\b/gi, 'file name'],
  [/\btime ?zones?\b/gi, 'timezone'],
  [/\bdata ?bases?\b/gi, 'database'],
  [/\bweb ?(pages?|sites?)\b/gi, 'web $1'],
  [/\bsub-?(\w{4,})/gi, '$1 nested'],
  [/\bswitch(?:es|ed|ing)? (?:\w+ ){0,4}on\b/gi, '$& enable'],
  [/\bswitch(?:es|ed|ing)? (?:\w+ ){0,4}off\b/gi, '$& disable'],
];
