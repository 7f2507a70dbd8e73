// Sentences in the language of the page: the page carries those that scripts say as data, by the English.

const root = document.documentElement;
const words = JSON.parse(root.dataset.words ?? "{}");
const rules = new Intl.PluralRules(root.lang || "en");

const filled = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (hole, name) => String(values[name] ?? hole));

export const say = (sentence, values = {}) => filled(words[sentence] ?? sentence, values);

export function sayCount(one, many, count) {
  const forms = words[many];
  const sentence = forms ? (forms[rules.select(count)] ?? forms.other) : count === 1 ? one : many;
  return filled(sentence, { count });
}
