//! Ad disclosure: labels that laws and advertising bodies of the ten languages' countries know, as hashtags, as a phrase,
//! or alone at the begin of a caption. Only whole labels count: #adventure is none.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::transform::caption::prose::{Prose, plain};

/// Hashtags, one row a language; accents make no difference.
const LABELS: [&str; 10] = [
    "ad advert advertisement advertising sponsored sponsoredpost sponsoredcontent sponsoredad gifted prgift paidad paidpartnership \
     paidpromotion paidpromo paidcollab paidcollaboration paidpost",
    "publi publicidad publicidadpagada patrocinado patrocinada contenidopatrocinado colaboraciónpagada colaboraciónremunerada \
     promociónpagada contenidopublicitario emplazamientopublicitario",
    "publi publipost publicidade publicidadepaga patrocinado patrocinada parceriapaga conteúdopatrocinado conteúdopago \
     conteúdopublicitário",
    "विज्ञापन प्रायोजित पेडपार्टनरशिप",
    "iklan iklanberbayar kerjasamaberbayar kemitraanberbayar disponsori kontenberbayar kontenbersponsor paidpromote",
    "publicité sponsorisé sponsorisée partenariat partenariatrémunéré partenariatcommercial collaborationcommerciale \
     collabcommerciale collaborationrémunérée collabrémunérée contenusponsorisé",
    "werbung anzeige bezahltewerbung bezahltepartnerschaft werbepartnerschaft gesponsert",
    "adv pubblicità sponsorizzato sponsorizzata contenutosponsorizzato contenutopubblicitario partnershipretribuita \
     collaborazioneretribuita messaggiopubblicitario",
    "reklam işbirliği reklamişbirliği ücretliişbirliği ücretliortaklık sponsorlu sponsorluiçerik tanıtımişbirliği",
    "広告 プロモーション 宣伝 タイアップ タイアップ広告 タイアップ投稿 企業案件 商品提供",
];

/// A brand's name follows these: #sponsoredbybrand.
const BEFORE_A_BRAND: [&str; 7] = [
    "sponsoredby",
    "giftedby",
    "suppliedby",
    "paidpartnershipwith",
    "sponsorizzatoda",
    "prodottofornitoda",
    "patrocinadopor",
];

static SORTED_LABELS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut labels: Vec<String> = LABELS.iter().flat_map(|row| row.split_whitespace()).map(plain).collect();
    labels.sort();
    labels
});

/// The app's own words for paid partnerships, and what laws want to read.
static PHRASES: LazyLock<Regex> = LazyLock::new(|| {
    let phrases = [
        r"paid (?:partnership|promotion)",
        r"(?:colaboración|asociación) pagada con|publicidad pagada",
        r"parceria paga|publicidade paga",
        r"सशुल्क साझेदारी|पेड पार्टनरशिप",
        r"kemitraan berbayar|kerja ?sama berbayar",
        r"partenariat (?:rémunéré|commercial)|collaboration (?:commerciale|rémunérée)",
        r"bezahlte (?:werbung|partnerschaft|werbepartnerschaft|kooperation)",
        r"partnership (?:pubblicizzata|retribuita)|collaborazione (?:retribuita|pubblicitaria)",
        r"ücretli (?:ortaklık|iş ?birliği)|reklam iş ?birliği",
    ];
    let branches: Vec<String> = phrases.iter().map(|phrase| format!("[ \n](?:{})[ \n]", plain(phrase))).collect();
    Regex::new(&format!("{}|タイアップ投稿", branches.join("|"))).expect("constant patterns")
});

/// Labels that stand alone before the text: "Anzeige | New oven".
const FIRST_CLAUSES: [&str; 14] = [
    "ad",
    "advertisement",
    "sponsored",
    "publi",
    "publicidad",
    "publicidade",
    "iklan",
    "publicite",
    "werbung",
    "anzeige",
    "adv",
    "pubblicita",
    "reklam",
    "広告",
];

/// Whether the caption says that it is an ad. Two labels are words of other things: `#pub` counts in French and
/// Portuguese, and `#PR`, a personal record at most gyms, in Japanese or without any other word.
pub(crate) fn discloses_ad<'a>(mut tags: impl Iterator<Item = &'a str>, prose: &Prose, language: Option<&str>) -> bool {
    let is_label = |tag: &str| {
        // Hashtags are in lower case already.
        let tag = if tag.is_ascii() { Cow::Borrowed(tag) } else { Cow::Owned(plain(tag)) };
        match &*tag {
            "pub" => matches!(language, Some("fr" | "pt")),
            "pr" => language == Some("ja") || !prose.has_words(),
            tag => {
                SORTED_LABELS.binary_search_by(|label| label.as_str().cmp(tag)).is_ok()
                    || BEFORE_A_BRAND.iter().any(|begin| tag.starts_with(begin))
            }
        }
    };
    // A caption of one word may be its title.
    let mut clauses = prose.text.split('\n').skip(1);
    let first = clauses.next().unwrap_or_default();
    tags.any(is_label)
        || FIRST_CLAUSES.contains(&first) && clauses.any(|clause| !clause.is_empty())
        || PHRASES.is_match(&prose.text)
}

#[cfg(test)]
mod tests {
    use crate::schema::tables::Reel;
    use crate::transform::caption::fill;

    fn discloses(caption: &str) -> Option<bool> {
        let mut reel = Reel { caption: Some(caption.into()), ..Reel::default() };
        fill(&mut reel);
        reel.discloses_ad
    }

    #[test]
    fn labels_of_ten_languages() {
        for caption in [
            "new oven #ad",
            "#sponsoredbybrand",
            "Brot von gestern #anzeige",
            "#Werbung mit @ofenbau",
            "Werbung | Unser neuer Ofen",
            "Bezahlte Partnerschaft mit @ofenbau",
            "#広告",
            "新しいオーブンが届きました #PR",
            "【広告】新しいオーブン",
            "#PR",
            "#iklan",
            "Kemitraan berbayar dengan @oven",
            "#reklam",
            "Yeni fırınımız #İşbirliği",
            "#isbirligi",
            "@firin ile ücretli ortaklık",
            "#adv",
            "#pubblicità",
            "#PUBBLICITA",
            "#publi",
            "#publicidad con Brand",
            "Colaboración pagada con @horno",
            "Forno novo #publipost",
            "Parceria paga com @forno",
            "#collaborationcommerciale avec Brand",
            "Collaboration commerciale avec @four",
            "Voici notre nouveau four #pub",
            "#partenariat",
            "#विज्ञापन",
        ] {
            assert_eq!(discloses(caption), Some(true), "{caption}");
        }
    }

    #[test]
    fn lookalikes_of_labels() {
        for caption in [
            "#adventure #addition, an ad",
            "#prague #prada #pride",
            "Ask my publicist #publicist #public",
            "Best roast in the #pub tonight",
            "New deadlift #PR today, I can't believe it",
            "Pub quiz at eight",
            "#adv160 #advrider #advent",
            "#werbungistdoof und die Anzeigen",
            "#reklama #reklamasi",
            "#広告代理店 で働いています",
            "#partenariats #partner #partnership",
            "#kerjasamatim itu penting",
            "#publishing #publico",
            "#işbirlikçi",
            "#gift #giftideas",
            "Werbung",
        ] {
            assert_eq!(discloses(caption), Some(false), "{caption}");
        }
    }
}
