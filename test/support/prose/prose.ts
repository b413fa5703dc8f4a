/** Looks for banned words and long sentences in text. */

/** Words that name no thing of the trade, or have another meaning than the one they are used for. */
const BANNED: readonly RegExp[] = [
  /\bbeside\b/gi,
  /\breckon\w*/gi,
  /\banew\b/gi,
  /\bwhoever\b/gi,
  /\b(?:no|some)body\b/gi,
  /\bdear\b/gi,
  /\bmay not\b/gi,
  /\b(?:told|tells?)\b/gi,
  /\bso many\b/gi,
  /\bat hand\b/gi,
  /\bby and by\b/gi,
  /\b(?:take[ns]?|took) back\b/gi,
  /\btaken up\b/gi,
  /\bstrangers?\b/gi,
  /\bof its own hand\b/gi,
  /\blets? go\b/gi,
];

/** Names that MQTT messages, the database, the environment or the operating system fix. */
const FIXED_NAMES = /'nobody'|\bbesideMs\b|\bstranger(?:Packet)?Bytes\b|\bFLOTILLA_STRANGER_\w+/g;

const MAX_WORDS = 30;

/** A list within a sentence: its entries count by themselves. */
const ENUMERATION = /;[^;]*;/;

/** Text as its words are read: `tellProgress` is two words, and a line of a comment goes on in the next. */
function readable(text: string): string {
  return text
    .replace(FIXED_NAMES, '')
    .replace(/\n\s*(?:\*|\/\/)?\s*/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ');
}

/** Every banned word with the words around it. */
export function bannedWords(text: string): string[] {
  const plain = readable(text);
  return BANNED.flatMap((word) =>
    [...plain.matchAll(word)].map(({ index }) => plain.slice(Math.max(0, index - 30), index + 30)),
  );
}

const wordsIn = (sentence: string): number =>
  sentence.split(/\s+/).filter((word) => /[\p{L}\d]/u.test(word)).length;

function tooLong(passage: string): string[] {
  return passage
    .split(/(?<=[.!?])\s+|\s·\s/)
    .flatMap((sentence) => (ENUMERATION.test(sentence) ? sentence.split(';') : sentence))
    .map((sentence) => sentence.trim())
    .filter((sentence) => wordsIn(sentence) > MAX_WORDS);
}

/** Sentences of a Markdown page with more than 30 words; code, pictures and the inside of links count as one. */
export function longSentences(page: string): string[] {
  const prose = page
    .replace(/^```[\s\S]*?^\s*```$/gm, '\n\n')
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/`[^`]*`/g, 'code')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*|(?<=\s)\*(?=\w)|(?<=[\w.,])\*(?=\W)/g, '');
  return prose
    .split(/\n\s*\n|<br>|\n\s*[-*] |\n\s*\d+\. |\n#+ |\||\n>/)
    .flatMap((passage) => tooLong(passage.replace(/\n/g, ' ')));
}

/** String literals with a sentence of more than 30 words; parts joined by `+` are one text. */
export function quotedSentences(source: string): string[] {
  return [...source.matchAll(/(?:'(?:[^'\\\n]|\\.)*'(?:\s*\+\s*)?)+/g)]
    .map(([literal]) => literal.replace(/'\s*\+\s*'/g, ''))
    .flatMap(tooLong);
}
