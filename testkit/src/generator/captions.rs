//! Captions of several lines with emoji, hashtags, mentions and questions, in several scripts.

use crate::random::Random;

struct Voice {
    sentences: &'static [&'static str],
    closings: &'static [&'static str],
    tags: &'static [&'static str],
}

/// English is listed three times: about a third of the accounts write it.
static VOICES: [&Voice; 10] =
    [&ENGLISH, &SPANISH, &ENGLISH, &GERMAN, &HINDI, &ENGLISH, &JAPANESE, &ARABIC, &PORTUGUESE, &KOREAN];

static EMOJI: &[&str] = &["✨", "🥐", "☀️", "🚲", "👩🏽‍🍳", "🎬", "❤️", "😂", "🌿", "🙌🏼", "🇧🇷", "👨‍👩‍👧", "🔥", "📍", "☕"];

static ENGLISH: Voice = Voice {
    sentences: &[
        "We left the dough in the cold for two nights and it shows.",
        "Nobody tells you how loud a quiet street is at five in the morning!",
        "Take the small road; the view is the same and the bread is better.",
        "I kept the first take because the second one had no laughing in it.",
        "Three things that I would not buy again, and one that I would.",
        "The trick is to do less, earlier.",
        "It rained for the whole week, so we painted the kitchen instead.",
        "Part two is longer than part one, sorry about that.",
        "My grandmother measured everything by hand, and by whose hand it was.",
        "What does your first hour look like?",
        "Yes, the dog is fine, he only wanted the other ball…",
        "Everything in this one was made within a mile of the shop.",
    ],
    closings: &[
        "Save this for the weekend.",
        "Link in bio for the long version.",
        "Tell me in the comments: yes or no?",
        "Follow along for part two",
        "Share it with somebody who needs a walk.",
    ],
    tags: &["slowmorning", "bakery", "smallshop", "reels", "kitchenlife", "weekendwalk", "MadeByHand", "cityguide"],
};

static SPANISH: Voice = Voice {
    sentences: &[
        "Salimos antes del amanecer y todavía llegamos tarde.",
        "¿Quién dijo que el pan de ayer no sirve para nada?",
        "La receta es de mi tía; los errores son míos.",
        "Hoy no hay truco: agua, harina, sal y paciencia.",
        "El mercado de los jueves siempre gana.",
        "Mañana volvemos al mismo sitio, con más sombra y menos prisa.",
    ],
    closings: &["Guarda este video y cuéntame cómo te fue.", "¿Con quién irías?", "Enlace en la biografía."],
    tags: &["cocina", "mañanas", "recetasfáciles", "viajar", "hechoamano", "barrio"],
};

static GERMAN: Voice = Voice {
    sentences: &[
        "Früh los, spät zurück, dazwischen nur Wald und Käsebrot.",
        "Drei Fehler, die ich beim ersten Gemüsebeet gemacht habe.",
        "So groß war der Kürbis im letzten Jahr nicht einmal annähernd!",
        "Wer braucht schon einen Plan, wenn der Zug ohnehin später kommt?",
        "Das Regal hält, auch wenn es nicht so aussieht.",
        "Heute ohne Musik, dafür mit Regen auf dem Blechdach.",
    ],
    closings: &["Speichern und am Sonntag ausprobieren.", "Was fehlt euch noch?", "Mehr dazu am Freitag."],
    tags: &["garten", "selbstgemacht", "wandern", "frühstück", "heimwerken", "anzeige"],
};

static PORTUGUESE: Voice = Voice {
    sentences: &[
        "A praia estava vazia e o café, quente.",
        "Não é segredo: deixe a massa descansar até amanhã.",
        "Três paradas, um só ônibus e nenhuma pressa.",
        "Você também guarda as caixas bonitas para nada?",
        "A avó aprovou, então pode publicar.",
    ],
    closings: &["Salve para depois!", "Marque quem vai com você.", "Conta aqui embaixo."],
    tags: &["receitas", "verão", "feitoàmão", "café", "passeio"],
};

static HINDI: Voice = Voice {
    sentences: &[
        "सुबह की चाय और खिड़की के बाहर की बारिश।",
        "यह रास्ता लंबा है, पर नज़ारा वही पुराना प्यारा है।",
        "क्या आपने कभी रात की बची रोटी से यह बनाया है?",
        "आज केवल तीन चीज़ें: आटा, नमक और थोड़ा समय।",
        "अगला भाग शुक्रवार को आएगा।",
    ],
    closings: &["आपको कैसा लगा?", "दोस्तों के साथ साझा करें।"],
    tags: &["सुबह", "घरकाखाना", "यात्रा", "chai", "monsoon"],
};

static JAPANESE: Voice = Voice {
    sentences: &[
        "朝五時のパン屋は、とても静かで少しだけ寒い。",
        "この道をまっすぐ行くと、海が見えます。",
        "失敗した回も、全部のせました。",
        "材料は三つだけ。あとは待つだけです。",
        "雨の日の台所、音だけでお楽しみください。",
    ],
    closings: &["どれが好きですか？", "保存して週末にどうぞ。"],
    tags: &["朝ごはん", "パン作り", "散歩", "暮らし", "vlog"],
};

static ARABIC: Voice = Voice {
    sentences: &[
        "خرجنا قبل الشروق وكان الطريق هادئًا.",
        "السر بسيط: ماء ودقيق وملح وصبر.",
        "هل جربتم هذا الخبز مع الزيت من قبل؟",
        "الجزء الثاني يوم الجمعة بإذن الله.",
        "السوق القديم لا يزال أجمل مكان في المدينة.",
    ],
    closings: &["ما رأيكم؟", "احفظوا الفيديو لوقت لاحق."],
    tags: &["صباح_الخير", "وصفات", "سفر", "قهوة"],
};

static KOREAN: Voice = Voice {
    sentences: &[
        "아침 시장은 조용하지만 빵 냄새로 가득해요.",
        "재료는 세 가지, 나머지는 기다림이에요.",
        "비 오는 날에는 국물이 최고죠.",
        "두 번째 영상은 금요일에 올릴게요!",
    ],
    closings: &["어떤 게 제일 좋아요?", "저장해 두세요."],
    tags: &["아침", "홈베이킹", "산책", "일상"],
};

/// Random words, so that captions do not compress better than real ones.
fn words(text: &mut String, voice: &Voice, random: &mut Random) {
    for _ in 0..random.between(6, 16) {
        let sentence = random.of_list(voice.sentences);
        let count = sentence.split(' ').count() as u64;
        let word = sentence.split(' ').nth(random.below(count) as usize).unwrap_or_default();
        text.push(' ');
        text.push_str(word);
    }
}

/// One in twenty-five has no caption.
pub fn caption(account: u64, random: &mut Random, mentioned: &str) -> Option<String> {
    if random.percent(4) {
        return None;
    }
    let voice = VOICES[(account % VOICES.len() as u64) as usize];
    let mut text = String::with_capacity(512);
    let emoji = |text: &mut String, random: &mut Random| {
        for _ in 0..random.below(3) {
            text.push(' ');
            text.push_str(random.of_list(EMOJI));
        }
    };
    if random.percent(20) {
        text.push_str(&format!("{}/{} · ", random.between(1, 9), random.between(10, 365)));
    }
    text.push_str(random.of_list(voice.sentences));
    emoji(&mut text, random);
    for _ in 0..random.between(1, 4) {
        text.push_str(if random.percent(40) { "\n\n" } else { " " });
        text.push_str(random.of_list(voice.sentences));
        words(&mut text, voice, random);
    }
    emoji(&mut text, random);
    if random.percent(35) {
        text.push_str("\n\n\u{1F4F7} @");
        text.push_str(mentioned);
    }
    text.push('\n');
    text.push_str(random.of_list(voice.closings));
    emoji(&mut text, random);
    if random.percent(85) {
        text.push_str("\n.\n.\n");
        for place in 0..random.between(3, 11) {
            text.push_str(if place == 0 { "#" } else { " #" });
            text.push_str(random.of_list(voice.tags));
            // A long tail of tags used once.
            if random.percent(40) {
                text.push_str(&format!("{}", random.below(2_000)));
            }
        }
    }
    Some(text)
}
