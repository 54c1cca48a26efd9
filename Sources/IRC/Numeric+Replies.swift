// Replies as modern.ircdocs.horse and IRCv3 name them, in the order of their numbers. The name in Swift is the name of the
// field without `RPL_`, its words told apart: RPL_ENDOFNAMES is `endOfNames`.

extension Numeric {
  /// RPL_WELCOME (001).
  public static let welcome = Numeric(rawValue: 1)
  /// RPL_YOURHOST (002).
  public static let yourHost = Numeric(rawValue: 2)
  /// RPL_CREATED (003).
  public static let created = Numeric(rawValue: 3)
  /// RPL_MYINFO (004).
  public static let myInfo = Numeric(rawValue: 4)
  /// RPL_ISUPPORT (005).
  public static let isupport = Numeric(rawValue: 5)
  /// RPL_SNOMASK (008).
  public static let snoMask = Numeric(rawValue: 8)
  /// RPL_BOUNCE (010).
  public static let bounce = Numeric(rawValue: 10)
  /// RPL_TRACELINK (200).
  public static let traceLink = Numeric(rawValue: 200)
  /// RPL_TRACECONNECTING (201).
  public static let traceConnecting = Numeric(rawValue: 201)
  /// RPL_TRACEHANDSHAKE (202).
  public static let traceHandshake = Numeric(rawValue: 202)
  /// RPL_TRACEUNKNOWN (203).
  public static let traceUnknown = Numeric(rawValue: 203)
  /// RPL_TRACEOPERATOR (204).
  public static let traceOperator = Numeric(rawValue: 204)
  /// RPL_TRACEUSER (205).
  public static let traceUser = Numeric(rawValue: 205)
  /// RPL_TRACESERVER (206).
  public static let traceServer = Numeric(rawValue: 206)
  /// RPL_TRACENEWTYPE (208).
  public static let traceNewType = Numeric(rawValue: 208)
  /// RPL_STATSLINKINFO (211).
  public static let statsLinkInfo = Numeric(rawValue: 211)
  /// RPL_STATSCOMMANDS (212).
  public static let statsCommands = Numeric(rawValue: 212)
  /// RPL_ENDOFSTATS (219).
  public static let endOfStats = Numeric(rawValue: 219)
  /// RPL_UMODEIS (221).
  public static let umodeIs = Numeric(rawValue: 221)
  /// RPL_SERVLIST (234).
  public static let servList = Numeric(rawValue: 234)
  /// RPL_SERVLISTEND (235).
  public static let servListEnd = Numeric(rawValue: 235)
  /// RPL_STATSUPTIME (242).
  public static let statsUptime = Numeric(rawValue: 242)
  /// RPL_STATSOLINE (243).
  public static let statsOLine = Numeric(rawValue: 243)
  /// RPL_LUSERCLIENT (251).
  public static let lUserClient = Numeric(rawValue: 251)
  /// RPL_LUSEROP (252).
  public static let lUserOp = Numeric(rawValue: 252)
  /// RPL_LUSERUNKNOWN (253).
  public static let lUserUnknown = Numeric(rawValue: 253)
  /// RPL_LUSERCHANNELS (254).
  public static let lUserChannels = Numeric(rawValue: 254)
  /// RPL_LUSERME (255).
  public static let lUserMe = Numeric(rawValue: 255)
  /// RPL_ADMINME (256).
  public static let adminMe = Numeric(rawValue: 256)
  /// RPL_ADMINLOC1 (257).
  public static let adminLoc1 = Numeric(rawValue: 257)
  /// RPL_ADMINLOC2 (258).
  public static let adminLoc2 = Numeric(rawValue: 258)
  /// RPL_ADMINEMAIL (259).
  public static let adminEmail = Numeric(rawValue: 259)
  /// RPL_TRACEEND (262).
  public static let traceEnd = Numeric(rawValue: 262)
  /// RPL_TRYAGAIN (263).
  public static let tryAgain = Numeric(rawValue: 263)
  /// RPL_LOCALUSERS (265).
  public static let localUsers = Numeric(rawValue: 265)
  /// RPL_GLOBALUSERS (266).
  public static let globalUsers = Numeric(rawValue: 266)
  /// RPL_WHOISCERTFP (276).
  public static let whoisCertFP = Numeric(rawValue: 276)
  /// RPL_NONE (300).
  public static let none = Numeric(rawValue: 300)
  /// RPL_AWAY (301).
  public static let away = Numeric(rawValue: 301)
  /// RPL_USERHOST (302).
  public static let userhost = Numeric(rawValue: 302)
  /// RPL_ISON (303).
  public static let ison = Numeric(rawValue: 303)
  /// RPL_UNAWAY (305).
  public static let unAway = Numeric(rawValue: 305)
  /// RPL_NOWAWAY (306).
  public static let nowAway = Numeric(rawValue: 306)
  /// RPL_WHOISREGNICK (307).
  public static let whoisRegNick = Numeric(rawValue: 307)
  /// RPL_WHOISUSER (311).
  public static let whoisUser = Numeric(rawValue: 311)
  /// RPL_WHOISSERVER (312).
  public static let whoisServer = Numeric(rawValue: 312)
  /// RPL_WHOISOPERATOR (313).
  public static let whoisOperator = Numeric(rawValue: 313)
  /// RPL_WHOWASUSER (314).
  public static let whowasUser = Numeric(rawValue: 314)
  /// RPL_ENDOFWHO (315).
  public static let endOfWho = Numeric(rawValue: 315)
  /// RPL_WHOISIDLE (317).
  public static let whoisIdle = Numeric(rawValue: 317)
  /// RPL_ENDOFWHOIS (318).
  public static let endOfWhois = Numeric(rawValue: 318)
  /// RPL_WHOISCHANNELS (319).
  public static let whoisChannels = Numeric(rawValue: 319)
  /// RPL_WHOISSPECIAL (320).
  public static let whoisSpecial = Numeric(rawValue: 320)
  /// RPL_LISTSTART (321).
  public static let listStart = Numeric(rawValue: 321)
  /// RPL_LIST (322).
  public static let list = Numeric(rawValue: 322)
  /// RPL_LISTEND (323).
  public static let listEnd = Numeric(rawValue: 323)
  /// RPL_CHANNELMODEIS (324).
  public static let channelModeIs = Numeric(rawValue: 324)
  /// RPL_UNIQOPIS (325).
  public static let uniqOpIs = Numeric(rawValue: 325)
  /// RPL_CREATIONTIME (329).
  public static let creationTime = Numeric(rawValue: 329)
  /// RPL_WHOISACCOUNT (330).
  public static let whoisAccount = Numeric(rawValue: 330)
  /// RPL_NOTOPIC (331).
  public static let noTopic = Numeric(rawValue: 331)
  /// RPL_TOPIC (332).
  public static let topic = Numeric(rawValue: 332)
  /// RPL_TOPICWHOTIME (333).
  public static let topicWhoTime = Numeric(rawValue: 333)
  /// RPL_WHOISBOT (335).
  public static let whoisBot = Numeric(rawValue: 335)
  /// RPL_INVITELIST (336).
  public static let inviteList = Numeric(rawValue: 336)
  /// RPL_ENDOFINVITELIST (337).
  public static let endOfInviteList = Numeric(rawValue: 337)
  /// RPL_WHOISACTUALLY (338).
  public static let whoisActually = Numeric(rawValue: 338)
  /// RPL_INVITING (341).
  public static let inviting = Numeric(rawValue: 341)
  /// RPL_INVEXLIST (346).
  public static let invexList = Numeric(rawValue: 346)
  /// RPL_ENDOFINVEXLIST (347).
  public static let endOfInvexList = Numeric(rawValue: 347)
  /// RPL_EXCEPTLIST (348).
  public static let exceptList = Numeric(rawValue: 348)
  /// RPL_ENDOFEXCEPTLIST (349).
  public static let endOfExceptList = Numeric(rawValue: 349)
  /// RPL_VERSION (351).
  public static let version = Numeric(rawValue: 351)
  /// RPL_WHOREPLY (352).
  public static let whoReply = Numeric(rawValue: 352)
  /// RPL_NAMREPLY (353).
  public static let namReply = Numeric(rawValue: 353)
  /// RPL_WHOSPCRPL (354).
  public static let whoSpcRpl = Numeric(rawValue: 354)
  /// RPL_LINKS (364).
  public static let links = Numeric(rawValue: 364)
  /// RPL_ENDOFLINKS (365).
  public static let endOfLinks = Numeric(rawValue: 365)
  /// RPL_ENDOFNAMES (366).
  public static let endOfNames = Numeric(rawValue: 366)
  /// RPL_BANLIST (367).
  public static let banList = Numeric(rawValue: 367)
  /// RPL_ENDOFBANLIST (368).
  public static let endOfBanList = Numeric(rawValue: 368)
  /// RPL_ENDOFWHOWAS (369).
  public static let endOfWhowas = Numeric(rawValue: 369)
  /// RPL_INFO (371).
  public static let info = Numeric(rawValue: 371)
  /// RPL_MOTD (372).
  public static let motd = Numeric(rawValue: 372)
  /// RPL_ENDOFINFO (374).
  public static let endOfInfo = Numeric(rawValue: 374)
  /// RPL_MOTDSTART (375).
  public static let motdStart = Numeric(rawValue: 375)
  /// RPL_ENDOFMOTD (376).
  public static let endOfMotd = Numeric(rawValue: 376)
  /// RPL_WHOISHOST (378).
  public static let whoisHost = Numeric(rawValue: 378)
  /// RPL_WHOISMODES (379).
  public static let whoisModes = Numeric(rawValue: 379)
  /// RPL_YOUREOPER (381).
  public static let youreOper = Numeric(rawValue: 381)
  /// RPL_REHASHING (382).
  public static let rehashing = Numeric(rawValue: 382)
  /// RPL_TIME (391).
  public static let time = Numeric(rawValue: 391)
  /// RPL_USERSSTART (392).
  public static let usersStart = Numeric(rawValue: 392)
  /// RPL_USERS (393).
  public static let users = Numeric(rawValue: 393)
  /// RPL_ENDOFUSERS (394).
  public static let endOfUsers = Numeric(rawValue: 394)
  /// RPL_NOUSERS (395).
  public static let noUsers = Numeric(rawValue: 395)
  /// RPL_HOSTHIDDEN (396).
  public static let hostHidden = Numeric(rawValue: 396)
  /// RPL_STARTTLS (670).
  public static let startTLS = Numeric(rawValue: 670)
  /// RPL_WHOISSECURE (671).
  public static let whoisSecure = Numeric(rawValue: 671)
  /// RPL_HELPSTART (704).
  public static let helpStart = Numeric(rawValue: 704)
  /// RPL_HELPTXT (705).
  public static let helpTxt = Numeric(rawValue: 705)
  /// RPL_ENDOFHELP (706).
  public static let endOfHelp = Numeric(rawValue: 706)
  /// RPL_KNOCK (710).
  public static let knock = Numeric(rawValue: 710)
  /// RPL_KNOCKDLVR (711).
  public static let knockDlvr = Numeric(rawValue: 711)
  /// RPL_QUIETLIST (728).
  public static let quietList = Numeric(rawValue: 728)
  /// RPL_ENDOFQUIETLIST (729).
  public static let endOfQuietList = Numeric(rawValue: 729)
  /// RPL_MONONLINE (730).
  public static let monOnline = Numeric(rawValue: 730)
  /// RPL_MONOFFLINE (731).
  public static let monOffline = Numeric(rawValue: 731)
  /// RPL_MONLIST (732).
  public static let monList = Numeric(rawValue: 732)
  /// RPL_ENDOFMONLIST (733).
  public static let endOfMonList = Numeric(rawValue: 733)
  /// RPL_WHOISKEYVALUE (760).
  public static let whoisKeyValue = Numeric(rawValue: 760)
  /// RPL_KEYVALUE (761).
  public static let keyValue = Numeric(rawValue: 761)
  /// RPL_KEYNOTSET (766).
  public static let keyNotSet = Numeric(rawValue: 766)
  /// RPL_METADATASUBOK (770).
  public static let metadataSubOk = Numeric(rawValue: 770)
  /// RPL_METADATAUNSUBOK (771).
  public static let metadataUnsubOk = Numeric(rawValue: 771)
  /// RPL_METADATASUBS (772).
  public static let metadataSubs = Numeric(rawValue: 772)
  /// RPL_METADATASYNCLATER (774).
  public static let metadataSyncLater = Numeric(rawValue: 774)
  /// RPL_LOGGEDIN (900).
  public static let loggedIn = Numeric(rawValue: 900)
  /// RPL_SILELIST (271).
  public static let sileList = Numeric(rawValue: 271)
  /// RPL_ENDOFSILELIST (272).
  public static let endOfSileList = Numeric(rawValue: 272)
  /// RPL_ACCEPTLIST (281).
  public static let acceptList = Numeric(rawValue: 281)
  /// RPL_ENDOFACCEPT (282).
  public static let endOfAccept = Numeric(rawValue: 282)
  /// RPL_LOGGEDOUT (901).
  public static let loggedOut = Numeric(rawValue: 901)
  /// RPL_SASLSUCCESS (903).
  public static let saslSuccess = Numeric(rawValue: 903)
  /// RPL_SASLMECHS (908).
  public static let saslMechs = Numeric(rawValue: 908)
}
