/** Emoji by their names between colons, as most writing tools know them. */
import type { Edit } from "./formatting";

const EMOJI = new Map(
  (
    "smile 😄 grin 😁 joy 😂 rofl 🤣 laughing 😆 sweat_smile 😅 wink 😉 blush 😊 slightly_smiling 🙂 upside_down 🙃 heart_eyes 😍 kiss 😘 yum 😋 " +
    "tongue 😛 sunglasses 😎 nerd 🤓 thinking 🤔 neutral 😐 expressionless 😑 smirk 😏 unamused 😒 roll_eyes 🙄 grimacing 😬 relieved 😌 pensive 😔 " +
    "sleeping 😴 mask 😷 dizzy 😵 exploding_head 🤯 partying 🥳 confused 😕 worried 😟 frowning ☹️ open_mouth 😮 astonished 😲 flushed 😳 fearful 😨 " +
    "cry 😢 sob 😭 scream 😱 disappointed 😞 weary 😩 yawn 🥱 angry 😠 rage 😡 skull 💀 clown 🤡 ghost 👻 robot 🤖 cat 🐱 dog 🐶 fox 🦊 bear 🐻 " +
    "monkey 🐵 bee 🐝 butterfly 🦋 unicorn 🦄 heart ❤️ broken_heart 💔 sparkling_heart 💖 100 💯 fire 🔥 sparkles ✨ star ⭐ boom 💥 zap ⚡ sun ☀️ rainbow 🌈 " +
    "snowflake ❄️ wave 👋 ok_hand 👌 v ✌️ crossed_fingers 🤞 point_up ☝️ +1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 clap 👏 raised_hands 🙌 handshake 🤝 pray 🙏 " +
    "muscle 💪 eyes 👀 brain 🧠 shrug 🤷 facepalm 🤦 tada 🎉 gift 🎁 trophy 🏆 medal 🏅 rocket 🚀 bulb 💡 book 📖 books 📚 newspaper 📰 memo 📝 pencil ✏️ " +
    "camera 📷 music 🎵 art 🎨 coffee ☕ tea 🍵 beer 🍺 wine 🍷 cake 🍰 pizza 🍕 apple 🍎 rose 🌹 tree 🌳 seedling 🌱 globe 🌍 house 🏠 car 🚗 bike 🚲 " +
    "train 🚆 airplane ✈️ hourglass ⏳ warning ⚠️ no_entry ⛔ question ❓ exclamation ❗ check ✅ x ❌ bug 🐛 lock 🔒 key 🔑 mag 🔍 dove 🕊️"
  )
    .split(" ")
    .flatMap((word, at, all) => (at % 2 ? [] : [[word, all[at + 1]!] as const])),
);

/** What a colon at the cursor completes; null where it names none, or stands within code. */
export function named(value: string, cursor: number): Edit | null {
  const line = value.slice(value.lastIndexOf("\n", cursor - 1) + 1, cursor);
  const found = /(?:^|[^\w:]):([a-z0-9_+-]{1,20}):$/.exec(line);
  const text = found && line.split("`").length % 2 ? EMOJI.get(found[1]!) : undefined;
  if (!text) return null;
  const from = cursor - found![1]!.length - 2;
  return { from, to: cursor, text, start: from + text.length, end: from + text.length };
}
