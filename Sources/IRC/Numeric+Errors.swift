// Errors as modern.ircdocs.horse and IRCv3 name them, in the order of their numbers. The name in Swift is the name of the
// field without `ERR_`, its words told apart: ERR_NOSUCHNICK is `noSuchNick`.

extension Numeric {
  /// ERR_UNKNOWNERROR (400).
  public static let unknownError = Numeric(rawValue: 400)
  /// ERR_NOSUCHNICK (401).
  public static let noSuchNick = Numeric(rawValue: 401)
  /// ERR_NOSUCHSERVER (402).
  public static let noSuchServer = Numeric(rawValue: 402)
  /// ERR_NOSUCHCHANNEL (403).
  public static let noSuchChannel = Numeric(rawValue: 403)
  /// ERR_CANNOTSENDTOCHAN (404).
  public static let cannotSendToChan = Numeric(rawValue: 404)
  /// ERR_TOOMANYCHANNELS (405).
  public static let tooManyChannels = Numeric(rawValue: 405)
  /// ERR_WASNOSUCHNICK (406).
  public static let wasNoSuchNick = Numeric(rawValue: 406)
  /// ERR_TOOMANYTARGETS (407).
  public static let tooManyTargets = Numeric(rawValue: 407)
  /// ERR_NOSUCHSERVICE (408).
  public static let noSuchService = Numeric(rawValue: 408)
  /// ERR_NOORIGIN (409).
  public static let noOrigin = Numeric(rawValue: 409)
  /// ERR_INVALIDCAPCMD (410).
  public static let invalidCapCmd = Numeric(rawValue: 410)
  /// ERR_NORECIPIENT (411).
  public static let noRecipient = Numeric(rawValue: 411)
  /// ERR_NOTEXTTOSEND (412).
  public static let noTextToSend = Numeric(rawValue: 412)
  /// ERR_NOTOPLEVEL (413).
  public static let noTopLevel = Numeric(rawValue: 413)
  /// ERR_WILDTOPLEVEL (414).
  public static let wildTopLevel = Numeric(rawValue: 414)
  /// ERR_BADMASK (415).
  public static let badMask = Numeric(rawValue: 415)
  /// ERR_TOOMANYMATCHES (416).
  public static let tooManyMatches = Numeric(rawValue: 416)
  /// ERR_INPUTTOOLONG (417).
  public static let inputTooLong = Numeric(rawValue: 417)
  /// ERR_UNKNOWNCOMMAND (421).
  public static let unknownCommand = Numeric(rawValue: 421)
  /// ERR_NOMOTD (422).
  public static let noMotd = Numeric(rawValue: 422)
  /// ERR_NOADMININFO (423).
  public static let noAdminInfo = Numeric(rawValue: 423)
  /// ERR_FILEERROR (424).
  public static let fileError = Numeric(rawValue: 424)
  /// ERR_NONICKNAMEGIVEN (431).
  public static let noNicknameGiven = Numeric(rawValue: 431)
  /// ERR_ERRONEUSNICKNAME (432).
  public static let erroneousNickname = Numeric(rawValue: 432)
  /// ERR_NICKNAMEINUSE (433).
  public static let nicknameInUse = Numeric(rawValue: 433)
  /// ERR_NICKCOLLISION (436).
  public static let nickCollision = Numeric(rawValue: 436)
  /// ERR_UNAVAILRESOURCE (437).
  public static let unavailResource = Numeric(rawValue: 437)
  /// ERR_TARGETTOOFAST (439).
  public static let targetTooFast = Numeric(rawValue: 439)
  /// ERR_USERNOTINCHANNEL (441).
  public static let userNotInChannel = Numeric(rawValue: 441)
  /// ERR_NOTONCHANNEL (442).
  public static let notOnChannel = Numeric(rawValue: 442)
  /// ERR_USERONCHANNEL (443).
  public static let userOnChannel = Numeric(rawValue: 443)
  /// ERR_NOLOGIN (444).
  public static let noLogin = Numeric(rawValue: 444)
  /// ERR_SUMMONDISABLED (445).
  public static let summonDisabled = Numeric(rawValue: 445)
  /// ERR_USERSDISABLED (446).
  public static let usersDisabled = Numeric(rawValue: 446)
  /// ERR_FORBIDDENCHANNEL (448).
  public static let forbiddenChannel = Numeric(rawValue: 448)
  /// ERR_NOTREGISTERED (451).
  public static let notRegistered = Numeric(rawValue: 451)
  /// ERR_NEEDMOREPARAMS (461).
  public static let needMoreParams = Numeric(rawValue: 461)
  /// ERR_ALREADYREGISTERED (462).
  public static let alreadyRegistered = Numeric(rawValue: 462)
  /// ERR_NOPERMFORHOST (463).
  public static let noPermForHost = Numeric(rawValue: 463)
  /// ERR_PASSWDMISMATCH (464).
  public static let passwdMismatch = Numeric(rawValue: 464)
  /// ERR_YOUREBANNEDCREEP (465).
  public static let youreBannedCreep = Numeric(rawValue: 465)
  /// ERR_YOUWILLBEBANNED (466).
  public static let youWillBeBanned = Numeric(rawValue: 466)
  /// ERR_KEYSET (467).
  public static let keySet = Numeric(rawValue: 467)
  /// ERR_INVALIDUSERNAME (468).
  public static let invalidUsername = Numeric(rawValue: 468)
  /// ERR_LINKCHANNEL (470).
  public static let linkChannel = Numeric(rawValue: 470)
  /// ERR_CHANNELISFULL (471).
  public static let channelIsFull = Numeric(rawValue: 471)
  /// ERR_UNKNOWNMODE (472).
  public static let unknownMode = Numeric(rawValue: 472)
  /// ERR_INVITEONLYCHAN (473).
  public static let inviteOnlyChan = Numeric(rawValue: 473)
  /// ERR_BANNEDFROMCHAN (474).
  public static let bannedFromChan = Numeric(rawValue: 474)
  /// ERR_BADCHANNELKEY (475).
  public static let badChannelKey = Numeric(rawValue: 475)
  /// ERR_BADCHANMASK (476).
  public static let badChanMask = Numeric(rawValue: 476)
  /// ERR_NEEDREGGEDNICK (477).
  public static let needReggedNick = Numeric(rawValue: 477)
  /// ERR_BANLISTFULL (478).
  public static let banListFull = Numeric(rawValue: 478)
  /// ERR_NOPRIVILEGES (481).
  public static let noPrivileges = Numeric(rawValue: 481)
  /// ERR_CHANOPRIVSNEEDED (482).
  public static let chanOpPrivsNeeded = Numeric(rawValue: 482)
  /// ERR_CANTKILLSERVER (483).
  public static let cantKillServer = Numeric(rawValue: 483)
  /// ERR_RESTRICTED (484).
  public static let restricted = Numeric(rawValue: 484)
  /// ERR_UNIQOPPRIVSNEEDED (485).
  public static let uniqOpPrivsNeeded = Numeric(rawValue: 485)
  /// ERR_SECUREONLYCHAN (489).
  public static let secureOnlyChan = Numeric(rawValue: 489)
  /// ERR_NOOPERHOST (491).
  public static let noOperHost = Numeric(rawValue: 491)
  /// ERR_UMODEUNKNOWNFLAG (501).
  public static let umodeUnknownFlag = Numeric(rawValue: 501)
  /// ERR_USERSDONTMATCH (502).
  public static let usersDontMatch = Numeric(rawValue: 502)
  /// ERR_HELPNOTFOUND (524).
  public static let helpNotFound = Numeric(rawValue: 524)
  /// ERR_INVALIDKEY (525).
  public static let invalidKey = Numeric(rawValue: 525)
  /// ERR_ACCEPTFULL (456).
  public static let acceptFull = Numeric(rawValue: 456)
  /// ERR_ACCEPTEXIST (457).
  public static let acceptExist = Numeric(rawValue: 457)
  /// ERR_ACCEPTNOT (458).
  public static let acceptNot = Numeric(rawValue: 458)
  /// ERR_SILELISTFULL (511).
  public static let sileListFull = Numeric(rawValue: 511)
  /// ERR_CANNOTSENDTOUSER (531).
  public static let cannotSendToUser = Numeric(rawValue: 531)
  /// ERR_CANNOTSENDRP (573).
  public static let cannotSendRP = Numeric(rawValue: 573)
  /// ERR_STARTTLS (691).
  public static let startTLSError = Numeric(rawValue: 691)
  /// ERR_INVALIDMODEPARAM (696).
  public static let invalidModeParam = Numeric(rawValue: 696)
  /// ERR_LISTMODEALREADYSET (697).
  public static let listModeAlreadySet = Numeric(rawValue: 697)
  /// ERR_LISTMODENOTSET (698).
  public static let listModeNotSet = Numeric(rawValue: 698)
  /// ERR_TOOMANYKNOCK (712).
  public static let tooManyKnock = Numeric(rawValue: 712)
  /// ERR_CHANOPEN (713).
  public static let chanOpen = Numeric(rawValue: 713)
  /// ERR_KNOCKONCHAN (714).
  public static let knockOnChan = Numeric(rawValue: 714)
  /// ERR_NOPRIVS (723).
  public static let noPrivs = Numeric(rawValue: 723)
  /// ERR_MONLISTFULL (734).
  public static let monListFull = Numeric(rawValue: 734)
  /// ERR_METADATARATELIMIT (775).
  public static let metadataRateLimit = Numeric(rawValue: 775)
  /// ERR_NICKLOCKED (902).
  public static let nickLocked = Numeric(rawValue: 902)
  /// ERR_SASLFAIL (904).
  public static let saslFail = Numeric(rawValue: 904)
  /// ERR_SASLTOOLONG (905).
  public static let saslTooLong = Numeric(rawValue: 905)
  /// ERR_SASLABORTED (906).
  public static let saslAborted = Numeric(rawValue: 906)
  /// ERR_SASLALREADY (907).
  public static let saslAlready = Numeric(rawValue: 907)
}
