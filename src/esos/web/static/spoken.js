// A call as it is read aloud over a telephone: the same words that `esos call --aloud` makes and `esos hand-in` takes.
// The form and its check words are those of spec: message/spoken.py reads what is written here.

const SPELLING = [
  "alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo", "lima", "mike",
  "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee", "zulu",
];
const CONSONANTS = "bdfghjklmnprstvz";
const VOWELS = "aiou";
const SYLLABLES = [[12, CONSONANTS], [10, VOWELS], [6, CONSONANTS], [4, VOWELS], [0, CONSONANTS]];
const OPENINGS = { real: "e-SOS call", exercise: "EXERCISE EXERCISE EXERCISE" };
const PSEUDONYM_BYTES = 4;
const TOKEN_DIGITS = 8;
const CHECK_WORDS = 3;

const wordOf = (pair) => SYLLABLES.map(([shift, letters]) => letters[(pair >> shift) & (letters.length - 1)]).join("");
const capital = (word) => word[0].toUpperCase() + word.slice(1);

// The first bytes of a member's number, null where it is none.
export function pseudonymOf(member) {
  const hex = member.slice(0, 2 * PSEUDONYM_BYTES);
  if (!/^[0-9a-f]{8}$/.test(hex)) return null;
  return Uint8Array.from(hex.match(/../g), (two) => Number.parseInt(two, 16));
}

async function checkWords({ realm, pseudonym, urgency, codes, token }) {
  const text = new TextEncoder();
  const parts = [text.encode(`esos-spoken1|${realm}|`), pseudonym, text.encode(`|${urgency}|`), Uint8Array.from(codes), text.encode(`|${token}`)];
  const said = new Uint8Array(await new Blob(parts).arrayBuffer());
  let number = new Uint8Array(await crypto.subtle.digest("SHA-256", said)).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const words = [];
  for (let place = 0; place < CHECK_WORDS; place += 1) {
    words.push(SPELLING[Number(number % 26n)]);
    number /= 26n;
  }
  return words;
}

// The text, "" where anything that it needs is missing. ``natures`` are pairs of code and name, undesignated left out.
export async function spokenCall({ realm, member, urgency, natures, token }) {
  const pseudonym = pseudonymOf(member);
  if (!pseudonym || !crypto.subtle || !new RegExp(`^[0-9]{${TOKEN_DIGITS}}$`).test(token)) return "";
  const named = natures.filter(([code]) => code).sort(([one], [other]) => one - other);
  const check = await checkWords({ realm, pseudonym, urgency, codes: named.map(([code]) => code), token });
  const caller = [0, 2].map((at) => wordOf(pseudonym[at] * 256 + pseudonym[at + 1])).join("-");
  const says = named.map(([, name]) => name).join(" and ") || "undesignated";
  const half = TOKEN_DIGITS / 2;
  return `${OPENINGS[realm]}. Caller: ${caller}. Urgency: ${urgency}. Nature: ${says}. Token: ${token.slice(0, half)} ${token.slice(half)}. Check: ${check.map(capital).join(" ")}.`;
}
