"""What readers are told when they verify their e-mail address, in the languages of the plugin's widget part."""

from __future__ import annotations

from collections.abc import Mapping

_KEYS = ("subject", "mail", "ignore", "title", "ask", "yes", "no", "done", "published", "refused", "over")

# In the order of the keys; {site} is the site's name.
_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "Your comment on {site}",
        "Somebody wrote a comment on {site} and gave this e-mail address. If it was you, open this link and "
        "confirm it; the link works for three days:",
        "If it was not you, do nothing: without your word the comment is not published. The same link has a "
        "button that ends such mails.",
        "Is this e-mail address yours?",
        "A comment on {site} was written with the e-mail address to which this link was sent.",
        "Yes, the comment is mine",
        "No. Send me no such mail again",
        "Thank you. The address is verified.",
        "Thank you. The address is verified, and your comment is published.",
        "Understood. {site} will not write to this address again.",
        "This link is not valid any more. Write your comment once more to get a new one.",
    ),
    "de": (
        "Ihr Kommentar auf {site}",
        "Jemand hat auf {site} einen Kommentar geschrieben und diese E-Mail-Adresse angegeben. Wenn Sie das "
        "waren, öffnen Sie diesen Link und bestätigen Sie es; er gilt drei Tage:",
        "Wenn Sie es nicht waren, müssen Sie nichts tun: Ohne Ihre Bestätigung erscheint der Kommentar nicht. "
        "Hinter demselben Link ist ein Knopf, der solche Mails beendet.",
        "Gehört diese E-Mail-Adresse Ihnen?",
        "Auf {site} wurde ein Kommentar mit der E-Mail-Adresse geschrieben, an die dieser Link ging.",
        "Ja, der Kommentar ist von mir",
        "Nein. Keine solchen Mails mehr",
        "Danke. Die Adresse ist bestätigt.",
        "Danke. Die Adresse ist bestätigt, Ihr Kommentar ist veröffentlicht.",
        "Verstanden. {site} schreibt nicht mehr an diese Adresse.",
        "Dieser Link gilt nicht mehr. Schreiben Sie den Kommentar noch einmal, um einen neuen zu bekommen.",
    ),
    "es": (
        "Su comentario en {site}",
        "Alguien escribió un comentario en {site} e indicó esta dirección de correo. Si fue usted, abra este "
        "enlace y confírmelo; vale durante tres días:",
        "Si no fue usted, no haga nada: sin su confirmación el comentario no se publica. En el mismo enlace "
        "hay un botón para no recibir más correos como este.",
        "¿Es suya esta dirección de correo?",
        "Se escribió un comentario en {site} con la dirección de correo a la que se envió este enlace.",
        "Sí, el comentario es mío",
        "No. No me envíen más correos así",
        "Gracias. La dirección está verificada.",
        "Gracias. La dirección está verificada y su comentario, publicado.",
        "Entendido. {site} no volverá a escribir a esta dirección.",
        "Este enlace ya no es válido. Escriba de nuevo su comentario para recibir otro.",
    ),
    "fa": (
        "دیدگاه شما در {site}",
        "کسی در {site} دیدگاهی نوشته و این نشانی رایانامه را داده است. اگر شما بوده‌اید، این پیوند را باز و "
        "تأیید کنید؛ پیوند سه روز کار می‌کند:",
        "اگر شما نبوده‌اید، لازم نیست کاری بکنید: بدون تأیید شما دیدگاه منتشر نمی‌شود. پشت همین پیوند دکمه‌ای "
        "هست که این نامه‌ها را پایان می‌دهد.",
        "آیا این نشانی رایانامه از آن شماست؟",
        "در {site} دیدگاهی با نشانی رایانامه‌ای نوشته شده که این پیوند به آن فرستاده شد.",
        "بله، دیدگاه از من است",
        "نه. دیگر چنین نامه‌ای نفرستید",
        "سپاس. نشانی تأیید شد.",
        "سپاس. نشانی تأیید و دیدگاه شما منتشر شد.",
        "بسیار خوب. {site} دیگر به این نشانی نامه نمی‌فرستد.",
        "این پیوند دیگر معتبر نیست. برای دریافت پیوند تازه دیدگاه خود را دوباره بنویسید.",
    ),
    "fr": (
        "Votre commentaire sur {site}",
        "Quelqu’un a écrit un commentaire sur {site} en donnant cette adresse e-mail. Si c’était vous, ouvrez "
        "ce lien et confirmez-le ; il est valable trois jours :",
        "Si ce n’était pas vous, ne faites rien : sans votre confirmation, le commentaire ne paraît pas. Le "
        "même lien mène à un bouton qui met fin à ces messages.",
        "Cette adresse e-mail est-elle la vôtre ?",
        "Un commentaire sur {site} a été écrit avec l’adresse e-mail à laquelle ce lien a été envoyé.",
        "Oui, le commentaire est de moi",
        "Non. Ne m’envoyez plus ces messages",
        "Merci. L’adresse est vérifiée.",
        "Merci. L’adresse est vérifiée et votre commentaire est publié.",
        "C’est noté. {site} n’écrira plus à cette adresse.",
        "Ce lien n’est plus valable. Écrivez de nouveau votre commentaire pour en recevoir un autre.",
    ),
    "hy": (
        "Ձեր մեկնաբանությունը {site}-ում",
        "Ինչ-որ մեկը մեկնաբանություն է գրել {site}-ում և նշել է այս էլ․ հասցեն։ Եթե դա դուք էիք, բացեք այս "
        "հղումը և հաստատեք․ այն գործում է երեք օր․",
        "Եթե դա դուք չէիք, ոչինչ պետք չէ անել․ առանց ձեր հաստատման մեկնաբանությունը չի հրապարակվի։ Նույն "
        "հղումով կա կոճակ, որը դադարեցնում է այսպիսի նամակները։",
        "Այս էլ․ հասցեն ձե՞րն է",
        "{site}-ում մեկնաբանություն է գրվել այն էլ․ հասցեով, որին ուղարկվել է այս հղումը։",
        "Այո, մեկնաբանությունն իմն է",
        "Ոչ։ Այլևս այսպիսի նամակ մի՛ ուղարկեք",
        "Շնորհակալություն։ Հասցեն հաստատված է։",
        "Շնորհակալություն։ Հասցեն հաստատված է, և ձեր մեկնաբանությունը հրապարակված է։",
        "Հասկանալի է։ {site}-ն այլևս չի գրի այս հասցեին։",
        "Այս հղումն այլևս չի գործում։ Նորը ստանալու համար կրկին գրեք ձեր մեկնաբանությունը։",
    ),
    "ru": (
        "Ваш комментарий на {site}",
        "Кто-то написал комментарий на {site} и указал этот адрес почты. Если это были вы, откройте ссылку и "
        "подтвердите это; она действует три дня:",
        "Если это были не вы, ничего не делайте: без вашего подтверждения комментарий не появится. По той же "
        "ссылке есть кнопка, которая прекращает такие письма.",
        "Это ваш адрес почты?",
        "На {site} написан комментарий с адресом почты, на который пришла эта ссылка.",
        "Да, комментарий мой",
        "Нет. Больше не присылайте таких писем",
        "Спасибо. Адрес подтверждён.",
        "Спасибо. Адрес подтверждён, комментарий опубликован.",
        "Понятно. {site} больше не напишет на этот адрес.",
        "Эта ссылка больше не действует. Чтобы получить новую, напишите комментарий ещё раз.",
    ),
    "tr": (
        "{site} sitesindeki yorumunuz",
        "Biri {site} sitesinde bir yorum yazdı ve bu e-posta adresini verdi. Yazan sizseniz bu bağlantıyı "
        "açıp onaylayın; bağlantı üç gün geçerlidir:",
        "Siz değilseniz bir şey yapmanız gerekmez: onayınız olmadan yorum yayımlanmaz. Aynı bağlantıda bu tür "
        "postaları sona erdiren bir düğme vardır.",
        "Bu e-posta adresi sizin mi?",
        "{site} sitesinde, bu bağlantının gönderildiği e-posta adresiyle bir yorum yazıldı.",
        "Evet, yorum benim",
        "Hayır. Bir daha böyle posta göndermeyin",
        "Teşekkürler. Adres doğrulandı.",
        "Teşekkürler. Adres doğrulandı ve yorumunuz yayımlandı.",
        "Anlaşıldı. {site} bu adrese bir daha yazmayacak.",
        "Bu bağlantı artık geçerli değil. Yenisini almak için yorumunuzu bir daha yazın.",
    ),
    "zh-Hans": (
        "你在 {site} 的评论",
        "有人在 {site} 发表了评论，并留下了这个电子邮件地址。如果是你，请打开下面的链接并确认；链接三天内有效：",
        "如果不是你，无需任何操作：没有你的确认，评论不会发布。同一链接中有一个按钮，可不再接收此类邮件。",
        "这个电子邮件地址是你的吗？",
        "有人用收到此链接的电子邮件地址在 {site} 写了一条评论。",
        "是的，评论是我写的",
        "不是。不要再给我发此类邮件",
        "谢谢，地址已验证。",
        "谢谢，地址已验证，你的评论已发布。",
        "明白了。{site} 不会再给这个地址写信。",
        "此链接已失效。请重新发表评论以获取新的链接。",
    ),
}


def words_of(language: str) -> Mapping[str, str]:
    """The sentences by key, in that language or in English."""
    return dict(zip(_KEYS, _WORDS.get(language, _WORDS["en"]), strict=True))
