// Answers that many people give, as they are compared: lower case, letters and digits only. Short ones are here too, as they turn up
// doubled or with digits around them.

const WORDS = `
  pizza pasta spaghetti lasagna chocolate icecream hamburger burger cheeseburger sushi steak chicken friedchicken tacos burrito
  macaroni macandcheese potatoes frenchfries strawberry strawberries banana apple applepie cheese cheesecake coffee curry salad
  bella buddy charlie daisy fluffy ginger lucky luna maggie max molly oliver princess rocky rover sadie shadow smokey snowball
  snoopy spot tiger whiskers mittens cookie pepper bailey golden retriever goldenretriever labrador goldfish hamster butterfly
  red blue green yellow orange purple pink black white brown turquoise lightblue darkblue skyblue navyblue
  newyork newyorkcity losangeles chicago houston philadelphia phoenix sanantonio sandiego dallas sanfrancisco seattle boston
  washington washingtondc lasvegas miami atlanta denver detroit portland london paris berlin madrid barcelona rome toronto
  montreal vancouver mexicocity melbourne sydney california florida texas hawaii america unitedstates england germany mexico
  january february march april may june july august september october november december
  monday tuesday wednesday thursday friday saturday sunday spring summer autumn winter christmas halloween thanksgiving
  james john robert michael william david richard joseph thomas christopher charles daniel matthew anthony elizabeth mary
  jennifer linda patricia barbara susan jessica margaret alexander benjamin jonathan nicholas samantha stephanie victoria
  smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez gonzalez anderson wilson
  mother father grandma grandpa grandmother grandfather mymother myfather myhusband husband daughter brother sister mydaughter
  football baseball basketball soccer hockey tennis swimming volleyball softball cowboys yankees lakers
  toyota toyotacorolla honda hondacivic hondaaccord ford fordmustang mustang chevrolet chevy corvette volkswagen mercedes
  starwars titanic harrypotter thelordoftherings lordoftherings thegodfather godfather thelionking lionking thebeatles beatles
  superman batman spiderman wonderwoman mickeymouse cinderella
  password passwort secret mysecret answer myanswer theanswer question nothing noidea dontknow idontknow unknown whatever
  letmein welcome iloveyou qwerty qwertyui qwertyuiop asdfghjkl qwertz qwertzuiop azerty azertyuiop zxcvbnm trustno1 monkey dragon sunshine baseball1
  jesus jesuschrist godisgood angel heaven family myfamily freedom teacher doctor nurse
  elementary elementaryschool highschool mainstreet firststreet chocolatechip vanilla peanutbutter peanutbutterandjelly
`

export const COMMON_ANSWERS: ReadonlySet<string> = new Set(WORDS.split(/\s+/).filter(Boolean))
