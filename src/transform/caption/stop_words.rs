//! The most common words of languages that share a script, for [`language`](super::language). The languages after the ten
//! are here so that their captions are taken for none of the ten.

/// ISO 639-1 codes with words as they are written; accents make no difference.
pub(crate) const WORDS: [(&str, &str); 19] = [
    ("en", ENGLISH),
    ("es", SPANISH),
    ("pt", PORTUGUESE),
    ("id", INDONESIAN),
    ("fr", FRENCH),
    ("de", GERMAN),
    ("it", ITALIAN),
    ("tr", TURKISH),
    ("hi", HINDI),
    ("nl", DUTCH),
    ("pl", POLISH),
    ("sv", SWEDISH),
    ("da", DANISH),
    ("ro", ROMANIAN),
    ("tl", FILIPINO),
    ("vi", VIETNAMESE),
    ("ca", CATALAN),
    ("mr", MARATHI),
    ("ne", NEPALI),
];

const ENGLISH: &str = "
    the and of to is in it you that was for on are with as his they be at this have from or had by but what some
    we can out other were all there when up use your how said an each she which do their time if will way about
    many then them would so these her long make thing see him has more day could come did my sound no most who
    over know than call first may down been now find any get place made where after back little only our i me us s
    don t m here won didn isn re ve let every never always just because before love those things still even really
    want need people today tomorrow week morning night year years work good great help try keep ever makes making
    into through until while again being much too very off own why something nothing everything everyone nobody
    someone anything feel feeling think thought happy thank thanks please wait wow yes okay full life got gets
    getting goes going gonna wanna hard water cup recipe recipes check right next same different between months
    days hours minutes finally actually favorite favourite friend friends family kids hit guess hey coming soon he
    tell hear hears sign sister brother dad mum mom mother father dog cat house bread cake bit such anyone whose
    cannot wasn hasn haven wouldn couldn ll d best new easy part take home comment chat die war hat kind bald ben
    bin van hay era sin main
";

const SPANISH: &str = "
    el la los las de del que y a en un una es son por con para su sus se lo le les al como más pero sí no mi mis
    tu tus te nos ya muy todo toda todos todas esta este esto estas estos eso esa ese hay fue ser si ha he has
    cuando donde dónde qué quién cómo cuál porque también siempre nunca hoy mañana ayer ahora aquí así día días
    casa vida gracias hola bueno buena buenos buenas mejor mejores favorito favorita nuestro nuestra nuestros
    nuestras ustedes usted nosotros yo él ella ellos nadie alguien algo nada otro otra mucho mucha muchos poco
    solo sólo hacer hace hago haces puedes puede quiero quieres tiene tienes tengo estoy está están estamos era
    eres soy somos sin sobre hasta desde entre antes después receta recetas fácil nuevo nueva mamá papá amigos
    amiga hijo hija marido mundo años año mes meses semana noche os vosotros cosas cosa verdad cada vez tan tanto
    sabía sabes hacia pasa dejas leo llevo fin estar comer cocina verano dos tres lunes sábado domingo cualquiera
    razón palabra error cuenta cuándo mira deja disponible colección ejercicios perro según locales playas me
    hermano hermana gato abuela abuelo peor próximo amigo chico chica martes viernes comentarios comentario video
    videos gusta gustó gustan prueba quieren queremos vamos voy van viene dice dicen hablar decir algún alguna
    vuelta menos casi tampoco además entonces mientras aunque luego pues veces tarde calle ciudad país gente
    hombre mujer mujeres niños niña padre madre corazón amor feliz increíble
";

const PORTUGUESE: &str = "
    o os a as de do da dos das que e em um uma é são por com para pra pro no na nos nas se ao aos como mais mas
    sim não meu minha meus minhas seu sua seus suas você vocês te nós gente já muito muita tudo todo toda todos
    todas essa esse isso esta este isto há foi ser quando onde quem qual porque também sempre nunca hoje amanhã
    ontem agora aqui assim dia dias casa vida obrigada obrigado olá oi bom boa melhor melhores nosso nossa nossos
    eu ele ela eles ninguém alguém algo nada outro outra pouco só fazer faz faço pode posso quero quer tem tenho
    estou está estão estamos era sou somos sem sobre até desde entre antes depois receita fácil novo nova mãe pai
    amigos filho filha mundo anos ano mês meses semana noite coisas coisa verdade cada vez tão fiz vai vou vamos
    ficou fica pela pelo pelos pelas num numa tá né fim lá cachorro bolo acredito conseguimos chegou trouxe dicas
    rotina manhã tarde linda lindo demais treino sabe saber entender aula negócio momentos me irmão irmã gato avó
    avô pior próxima próximo amiga terça sexta comentários comentário vídeo gostou gosta gostam testei querem
    queremos vem falar dizer algum alguma menos quase além então enquanto embora vezes rua cidade país homem
    mulher mulheres crianças menina coração amor feliz incrível aquele aquela daquele nesse nessa desse dessa
    dessas deles delas feito feita fazendo indo conta
";

const INDONESIAN: &str = "
    yang dan di ke dari ini itu untuk dengan tidak ada adalah akan pada juga saya aku kamu kita kami mereka dia
    kalian nya bisa sudah udah belum lagi buat banget nggak gak ga enggak tak kalau kalo karena jadi sama aja saja
    lebih paling atau tapi apa siapa kapan dimana mana gimana bagaimana kenapa mau ingin punya orang hari malam
    pagi siang tahun bulan minggu semua banyak sedikit baru lama dulu nanti sekarang sini sana dong sih deh nih ya
    yuk ayo jangan harus boleh coba cuma hanya seperti kayak biar supaya agar setelah sebelum saat pas waktu rumah
    makan minum masak resep cara tips enak murah gampang mudah bagus cantik terima kasih selamat semoga anak ibu
    bapak teman keluarga sekali selama sampai antara tanpa oleh bikin pakai pake beli jual toko kakak adik bareng
    liburan jalan dalam bukan terus tau tahu lihat liat suka cinta hujan kerja kulit akhirnya ternyata koleksi
    terbaru tersedia kucing denger bakal salah pilih temen suami istri ayah nenek kakek anjing cewek cowok kota
    negara hati bahagia sedih nyaman keren parah mantap seru beneran memang emang soalnya makanya sempat pernah
    selalu sering kadang jarang lewat depan belakang bawah atas luar tempat hasil hasilnya resepnya caranya besok
    kemarin tadi tuh yah yg dgn utk krn tdk jgn bgt udh sdh
";

const FRENCH: &str = "
    le la les l de des du d et à en un une est sont qui que qu quoi pour avec par sur dans ce cet cette ces se sa
    son ses au aux comme plus mais oui non ne pas mon ma mes ton ta tes notre nos votre vos je j tu il elle on
    nous vous ils elles c s n m t y ai as a avons avez ont suis es être fait faire fais font peut peux veux veut
    tout tous toute toutes très trop bien bon bonne meilleur quand où comment pourquoi parce si aussi toujours
    jamais aujourd hui demain hier maintenant ici là jour jours journée maison vie merci bonjour personne quelqu
    rien autre beaucoup peu même sans sous jusqu depuis entre avant après recette recettes facile nouveau nouvelle
    nouveaux maman papa amis monde ans année mois semaine soir matin nuit chose choses vrai chaque fois ça cela
    voici voilà leur leurs dit temps enfin encore déjà enfants vacances petit petite préféré chez moi toi lui
    était sera plutôt ligne dimanche ou début rappel me te commentaire commentaires vidéo chat chien père mère
    frère soeur fille garçon femme homme gens ville pays rue coeur amour heureux heureuse incroyable pire prochain
    prochaine besoin envie plusieurs pendant alors donc car dont celui celle ceux aucun aucune presque assez
    surtout vraiment juste dire dis vais va vas allez allons viens vient venir voir vu regarde regardez croire
    penser pense trouve trouver
";

const GERMAN: &str = "
    der die das den dem des und in im ist sind war zu zum zur mit von vom für auf an am aus bei nach nicht auch es
    ich du er sie wir ihr mir mich dir dich uns euch ihm ihn ihnen mein meine meinen meinem meiner dein deine
    deinen unser unsere unserem unserer euer eure sein seine ein eine einen einem einer kein keine was wer wie wo
    wann warum wenn dass weil ob oder aber denn so schon noch nur sehr mehr immer nie niemand jemand alles alle
    etwas nichts hier da dort heute morgen gestern jetzt tag tage tagen woche wochen monat monate jahr jahre
    jahren zeit haus hause leben danke hallo gut gute guten guter bester beste besten besser neu neue neuen neues
    einfach ganz ganze kann kannst können könnt muss musst müssen will willst wollen habe hast hat haben hatte
    wird werden wurde bin bist seid machen mache macht gemacht sagen sagt gesagt geht gehen vor bis über unter
    ohne durch gegen zwischen vorher nachher danach rezept rezepte mama papa freunde kinder kind welt welche
    welcher welches diese dieser dieses diesem diesen dann doch mal ja nein bitte endlich wieder viel viele
    wirklich lieblings kleine kleiner fertig s freitag montag sonntag sonne zeige kommentar kommentare vater
    mutter bruder schwester hund katze frau mann leute stadt land straße herz liebe glücklich unglaublich
    schlechteste nächste nächsten nächster weniger mädchen junge jedes jeder jede jeden seinem seinen seiner ihre
    ihren ihrem ihrer leider gerade gleich bald oft eigentlich vielleicht natürlich sogar zusammen warten finde
    findet glaube glauben denke komm kommt kommen sieht sehen seht schau schaut lass lasst
";

const ITALIAN: &str = "
    il lo la i gli le l di del dello della dei degli delle da dal dalla a al allo alla ai agli alle in nel nella
    nei nelle un uno una è sono e ed che chi cosa per con su sul sulla tra fra come più ma sì no non mio mia miei
    mie tuo tua tuoi tue suo sua nostro nostra nostri nostre vostro vostra io tu lui lei noi voi loro mi ti si ci
    vi ne se ha ho hai hanno abbiamo avete era essere fare fa fai fatto faccio fanno può puoi voglio vuoi tutto
    tutta tutti tutte questo questa questi queste quello quella quando dove quale perché anche sempre mai oggi
    domani ieri adesso ora qui qua così giorno giorni casa vita grazie ciao buono buona buongiorno meglio migliore
    migliori nessuno qualcuno qualcosa niente nulla altro altra molto molti poco solo soli senza fino dopo prima
    durante ricetta ricette facile nuovo nuova mamma papà amici bambini mondo anni anno mesi mese settimana sera
    notte mattina cose vero ogni volta già ancora dalle d c s cuore posto preferito finalmente sabato domenica
    lavoro progetto provato pensate siete siamo sto stai sta dire dice detto fatti troppo bene me te commento
    commenti video gatto cane nonna nonno padre madre fratello sorella ragazza ragazzo donna uomo gente città
    paese strada amore felice incredibile peggio prossimo prossima stanza bisogno alcuni alcune qualche quasi
    inoltre allora mentre però quindi poi proprio davvero stesso stessa tanto tanta tanti tante vado va vai
    andiamo andare vengo viene venire vedere visto guarda credo penso trovare trovato subito
";

const TURKISH: &str = "
    ve bir bu şu o da de ki mi mı mu mü için ile gibi kadar çok daha en ama fakat ya veya hem ne nasıl neden niye
    kim kime nerede hangi hangisi her herkes herkesin hiç kimse şey var yok ben sen biz siz onlar benim senin
    bizim sizin onun bana sana bize size beni seni bizi sizi sizce bence sizinle değil olan olarak oldu olur olmak
    olmadan olsun ol oluyor ediyor yapıyor ediyorum yapıyorum sonra önce şimdi bugün yarın dün artık hep yine bile
    sadece bütün tüm gün günü günde günler sabah akşam gece yıl yıldır ay aydır hafta ev evde anne annem baba
    babam çocuk çocuklar güzel iyi kötü yeni büyük küçük kolay tarif tarifi nihayet burada orada böyle şöyle
    içinde üzerinde arasında teşekkür teşekkürler ederim lütfen merhaba selam evet hayır hayat dünya dünyanın
    zaman kez defa eden et yap yapın bak bakın gel git iki üç dört beş bunu şunu onu buna bundan neler hali
    mutlaka unutma unutmayın çünkü eğer dedi duyunca video yorum yorumlar kedi köpek kadın erkek insan insanlar
    şehir ülke kalp aşk mutlu inanılmaz kötüsü gelecek geçen ihtiyaç bazı biraz neredeyse ayrıca iken gerçekten
    aynı geldi gitti gidiyoruz geliyor gördüm görmek bakalım sanırım buldum hemen belki tabii elbette özel
    günaydın geceler olacak olmuş varmış yokmuş değildi vardı ister istiyorum istiyorsan seviyorum sevdiğim
    hayatımı tarifin videoyu
";

const HINDI: &str = "
    है हैं हूँ हूं का की के को में से पर और यह ये वह वो ने भी नहीं ना हो होता होती होते होगा होगी था थी थे तो कि
    मैं हम आप तुम मेरा मेरी मेरे हमारा हमारे आपको आपका आपकी तुम्हारा मुझे तुमने मैंने क्या कौन कैसे कब कहाँ क्यों
    कर करना करने करें करो किया करते जब तब अब आज कल एक दो तीन सब सबसे बहुत कुछ कोई इस उस इससे इनमें अपने अपना अपनी
    लिए साथ बाद पहले पहली घर माँ मम्मी दिन सुबह शाम अच्छा आसान वाला वाली वाले या लेकिन बनाएं बनाया देखो जैसा पसंद
    खाना गया गई रहा रही रहे hai hain hoon hun ka ki ke ko mein se aur yeh ye woh wo ne bhi nahi nahin ho hota hoti
    hote hoga hogi tha thi toh tum hum aap mera meri mere hamara hamare aapko aapka aapki mujhe tumne maine kya
    kaun kaise kab kahan kyun kyu kar karna karne karo karte karta karti kiya jab tab aaj kal ek teen sab sabse
    bahut bohot kuch koi iss uss isse apne apna apni liye saath baad pehle pehli baar ghar maa mummy din subah
    shaam accha achha aasan wala wali wale lekin bilkul sirf banao banaya dekho jaisa jaisi jaise pasand khana
    gaya gayi raha rahi rahe dosto bhai yaar yahi kisi sabko unka unki zindagi log logo chahiye batao bataya
    batayi matlab phir abhi tak baatein paani dil pyaar khush zyada kam thoda bas waise acche bahar andar upar
    neeche wahan yahan idhar udhar usne usko uske usi unhone inka inki mujhko humne hume humko hamein tumhe
    tumhara tumhari bolo bol gaye denge lenge karenge milega milta milti dikha dikhaya sunke sunkar bachpan पानी
    दिल प्यार खुश ज्यादा कम थोड़ा बस वैसे अच्छे यहाँ वहाँ उसने उसको उसके उन्होंने हमने हमें तुम्हें बोल दिया गए
    मिलेगा मिलता बचपन नाश्ता हमारी मुझ लग असली शुरू गाँव गांव hamari mujhpe lag konsa kaunsa shuru asli
";

const DUTCH: &str = "
    de het een en van ik je jij dat die in is te op niet zijn met voor aan er maar om ook als bij dan nog uit naar
    door wat wie hoe waar wanneer waarom deze dit mijn jouw jullie ons onze wij we zij hij haar hem heb hebt heeft
    hebben was waren ben bent kan kun kunnen moet moeten wil willen wordt worden geen niets niemand iets alles
    altijd nooit vandaag morgen gisteren nu hier daar zo heel erg veel meer goed leuk lekker nieuwe nieuw jaar dag
    dagen week huis leven recept makkelijk vind kijk zien maken gemaakt tot over onder zonder tijdens al toch eens
    even weer samen mooiste kent
";

const POLISH: &str = "
    i w z na do się nie to że jest są jak ale co kto gdzie kiedy dlaczego po za od dla ten ta te tego tej tym już
    tylko bardzo mam masz ma mamy mnie mi ci cię go ją nas was ich mój moja moje twój twoja jestem jesteś był była
    było być może można wszystko zawsze nigdy dzisiaj dziś jutro teraz tutaj tu tam dobry dobre najlepsze
    najlepszy nowy nowa przepis dzień dom życie dziękuję cześć nikt ktoś coś nic jeszcze też lub albo czy przez
    przed miejsce
";

const SWEDISH: &str = "
    och i att det som en på är av för med den till inte jag du han hon vi ni de om har hade kan ska vill men ett
    så man var när hur vad vem varför här där nu idag imorgon aldrig alltid mycket bara min mitt mina din ditt
    dina vår vårt sin från eller efter under utan också bra ny nytt nya dag dagar hem livet tack hej ingen någon
    något allt alla recept enkelt
";

const DANISH: &str = "
    og i at det som en på er af for med den til ikke jeg du han hun vi de om har havde kan skal vil men et så man
    var når hvordan hvad hvem hvorfor her der nu dag aldrig altid meget bare min mit mine din dit dine vores sin
    fra eller efter under uden også god ny nyt nye hjem livet tak hej ingen nogen noget alt alle opskrift
";

const ROMANIAN: &str = "
    și în de la cu pe nu este sunt un o care ce să se mai din pentru că am ai are avem aveți au fost fi eu tu el
    ea noi voi ei mea meu tău ta dar sau ca foarte bine când unde cum cine azi mâine acum aici acolo nimeni nimic
    totul mereu niciodată rețetă nou nouă zi casă viață mulțumesc asta acest această
";

const FILIPINO: &str = "
    ang ng sa mga na at ay ko mo ka ako ikaw siya kami tayo kayo sila ito iyan yan yun iyon hindi oo may meron
    wala walang kung para lang din rin naman po pa ba kasi dahil pero ano sino saan kailan bakit paano ngayon
    bukas kahapon araw gabi bahay buhay salamat mahal masarap pinaka gusto kaya niyo namin natin inyong nang nung
    dito doon tingin
";

const VIETNAMESE: &str = "
    và của là không có cho với một những các này đó khi tôi bạn mình anh em chị được người ngày đi ai nói điều đã
    sẽ đang rất nhiều như thế nào gì ở trong ra vào lại thì mà nhé nha để cũng
";

const CATALAN: &str = "
    el la els les de del i a en un una és són per amb que no més però molt tot tots totes aquest aquesta això quan
    on què qui com avui demà sempre mai casa dia vida gràcies bon bona millor nostre nostra jo tu ell ella
    nosaltres vosaltres em et ens us hi ho té tenim fer fa vull pots
";

const MARATHI: &str = "
    आहे आहेत आणि मी तू तुम्ही आम्ही नाही काय कसे कुठे कधी माझा माझी माझे माझ्या तुझा तुमच्या आमच्या हा ही हे ते ती
    तो होता होती झाला झाली झाले करा केले आज घरी च्या साठी पण सर्व खूप
";

const NEPALI: &str = "
    छ छन् छु हो र लाई म तिमी तपाईं हामी मेरो तिम्रो हाम्रो यो त्यो के किन कहाँ कसरी भयो थियो गर्नु गर्ने पनि आज
    धेरै सबै
";
