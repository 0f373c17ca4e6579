/**
 * Passwords of 12 or more characters that are tried first, in lower case: those of Django's list of the 20,000 most
 * common ones (BSD-3-Clause) but for names and leftovers of single leaks, and what people make of short ones when
 * twelve characters are asked for.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  "zxcvbnm,./" 000000000000 010203040506 102030405060 111111111111 111111111111111 112233445566
  123123123123 123321123321 123456123456 123456654321 1234567890-= 123456789000 12345678900987654321
  1234567890123 12345678901234567890 1234567890987654321 1234567890ab 1234567890abc 1234567890qwertyuiop
  1234567891011 123456789101112 123456789123 123456789123456 1234567891234567 123456789123456789
  12345678987654321 123456789987654321 123456789abc 123456789asd 123456789qaz 123456789qwe 123456789qwerty
  123456qwerty 123admin321a 123qwe123qwe 123qweasdzxc 159753159753 1q2w3e4r5t6y 1q2w3e4r5t6y7u
  1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc
  aaaaaaaaaaaa abc123456789 abcdefghijkl abcdefghijklm abcdefghijklmnop abcdefghijklmnopqrstuvwxyz
  adminadminadmin administrator administrator1 anvilanvilanvil asdfghjkl123 avrillavigne
  changemechangeme christopher1 contrasena123 cookiemonster correcthorsebatterystaple cosmopolitan
  counterstrike edwardcullen fallen_angel familiyafamiliya finalfantasy gettherefast gfhjkmgfhjkm
  ghbdtnrfrltkf googletester hannahmontana ichliebedich ihatethisgame ilovemyfamily iloveyou1234
  iloveyouiloveyou imyaimyaimya ingodwetrust international internazionale jamesbond007 jesuslovesme
  justinbieber kartoffelpuffer leavemealone letmein12345 letmeinletmein linkedin2011 liverpool123
  lovelovelove manchesterunited mega_pizdetz666 megaparol12345 michaeljackson minecraft123 moderncombat
  motdepasse123 needforspeed onedirection p@ssw0rd1234 p@ssword1234 passpasspass passw0rd1234 password123!
  password1234 password12345 password123456 password1234567 passwordpassword passwort1234 peanutbutter
  playstation2 playstation3 professional przyjaciolki q1w2e3r4t5y6 q1w2e3r4t5y6u7i8o9p0 qazwsxedc123
  qazwsxedcrfv qazwsxedcrfvtgb qazxswedcvfr qwe123qwe123 qweasdzxc123 qwerasdfzxcv qwerty123456
  qwerty123456789 qwertyasdfgh qwertyqwerty qwertyuiop12 qwertyuiop123 qwertyuiop1234 qwertyuiop[]
  qwertyuiopasdfghjkl qwertyytrewq residentevil sebastian106 secretsecret seniseviyorum sonnenschein
  sonyericsson startfinding starwarsfan10 stratocaster supernatural telechargement temppassword
  testtesttest transformers trustno1trustno1 welcome12345 welcome123456 yfdbufnjh10305070 zaq1xsw2cde3
  zxcasdqwe123
`
    .trim()
    .split(/\s+/),
);
