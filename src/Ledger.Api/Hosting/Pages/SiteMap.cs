namespace Ledger.Api.Hosting.Pages;

/// <summary>Every page, by its address. Who may see it is in the access table, which names each of them.</summary>
internal static class SiteMap
{
    public static PageRoute Start { get; } = new("/fr", "/en");

    public static PageRoute SignIn { get; } = new("/fr/connexion", "/en/sign-in");

    public static PageRoute SignInAt { get; } = new("/fr/connexion/{provider:int:min(0)}", "/en/sign-in/{provider:int:min(0)}");

    /// <summary>A ready link of this machine's own issuer; the language is in its query.</summary>
    public static PageRoute SignInByLink { get; } = new("/fr/connexion/lien", "/en/sign-in/link");

    public static PageRoute SignOut { get; } = new("/fr/deconnexion", "/en/sign-out");

    public static PageRoute Stay { get; } = new("/fr/rester", "/en/stay");

    public static PageRoute SignedOut { get; } = new("/fr/deconnecte", "/en/signed-out");

    public static PageRoute MyDecisions { get; } = new("/fr/mes-decisions", "/en/my-decisions");

    public static PageRoute MyDecision { get; } = new("/fr/mes-decisions/{decision}", "/en/my-decisions/{decision}");

    public static PageRoute MyProof { get; } = new("/fr/mes-decisions/{decision}/preuve", "/en/my-decisions/{decision}/proof");

    public static PageRoute WhoLooked { get; } = new("/fr/qui-a-regarde", "/en/who-looked");

    public static PageRoute HeldAboutMe { get; } = new("/fr/ce-qui-est-garde-sur-moi", "/en/held-about-me");

    public static PageRoute MyFile { get; } = new("/fr/mon-dossier", "/en/my-file");

    public static PageRoute MyDossier { get; } = new("/fr/mon-dossier/dossier", "/en/my-file/dossier");

    public static PageRoute MyData { get; } = new("/fr/mon-dossier/donnees", "/en/my-file/data");

    public static PageRoute MyTable { get; } = new("/fr/mon-dossier/tableau", "/en/my-file/table");

    public static PageRoute MyRepresentative { get; } = new("/fr/mon-representant", "/en/my-representative");

    public static PageRoute GiveMandate { get; } = new("/fr/mon-representant/donner", "/en/my-representative/give");

    public static PageRoute MandateGiven { get; } = new("/fr/mon-representant/{mandate}/donne", "/en/my-representative/{mandate}/given");

    public static PageRoute TakeBackMandate { get; } = new("/fr/mon-representant/{mandate}/reprendre", "/en/my-representative/{mandate}/take-back");

    public static PageRoute MandateTakenBack { get; } = new("/fr/mon-representant/{mandate}/repris", "/en/my-representative/{mandate}/taken-back");

    public static PageRoute PersonDecisions { get; } = new("/fr/personnes/{worker}/decisions", "/en/people/{worker}/decisions");

    public static PageRoute PersonDecision { get; } = new("/fr/personnes/{worker}/decisions/{decision}", "/en/people/{worker}/decisions/{decision}");

    public static PageRoute PersonProof { get; } = new("/fr/personnes/{worker}/decisions/{decision}/preuve", "/en/people/{worker}/decisions/{decision}/proof");

    public static PageRoute PersonDossier { get; } = new("/fr/personnes/{worker}/dossier", "/en/people/{worker}/dossier");

    public static PageRoute PersonData { get; } = new("/fr/personnes/{worker}/donnees", "/en/people/{worker}/data");

    public static PageRoute PersonTable { get; } = new("/fr/personnes/{worker}/tableau", "/en/people/{worker}/table");

    public static PageRoute HeldAboutPerson { get; } = new("/fr/personnes/{worker}/ce-qui-est-garde", "/en/people/{worker}/held");

    /// <summary>Where HR and the union enter what somebody signed on paper.</summary>
    public static PageRoute Desk { get; } = new("/fr/bureau", "/en/desk");

    public static PageRoute DeskGiveMandate { get; } = new("/fr/bureau/donner-un-mandat", "/en/desk/give-a-mandate");

    public static PageRoute DeskTakeBackMandate { get; } = new("/fr/bureau/reprendre-un-mandat", "/en/desk/take-back-a-mandate");

    public static PageRoute DeskEntered { get; } = new("/fr/bureau/saisi", "/en/desk/entered");

    public static PageRoute Representative { get; } = new("/fr/syndicat", "/en/union");

    public static PageRoute OpenMember { get; } = new("/fr/syndicat/membre", "/en/union/member");

    public static PageRoute MyUnits { get; } = new("/fr/mes-unites", "/en/my-units");

    public static PageRoute Systems { get; } = new("/fr/systemes", "/en/systems");

    public static PageRoute RefusedDecisions { get; } = new("/fr/decisions-refusees", "/en/refused-decisions");

    public static PageRoute Hr { get; } = new("/fr/rh", "/en/hr");

    public static PageRoute FindPerson { get; } = new("/fr/rh/chercher", "/en/hr/find");

    public static PageRoute PublicLedger { get; } = new("/fr/registre/{organisation}", "/en/ledger/{organisation}");

    public static PageRoute Help { get; } = new("/fr/aide", "/en/help");

    public static PageRoute HelpWorker { get; } = new("/fr/aide/personne-employee", "/en/help/worker");

    public static PageRoute HelpRepresentative { get; } = new("/fr/aide/representant", "/en/help/representative");

    public static PageRoute HelpHr { get; } = new("/fr/aide/rh", "/en/help/hr");

    public static PageRoute HelpAuditor { get; } = new("/fr/aide/verificateur", "/en/help/auditor");

    public static PageRoute Forms { get; } = new("/fr/formulaires", "/en/forms");

    public static PageRoute FormDecisions { get; } = new("/fr/formulaires/mes-decisions", "/en/forms/my-decisions");

    public static PageRoute FormGiveMandate { get; } = new("/fr/formulaires/donner-un-mandat", "/en/forms/give-a-mandate");

    public static PageRoute FormTakeBackMandate { get; } = new("/fr/formulaires/reprendre-un-mandat", "/en/forms/take-back-a-mandate");

    public static PageRoute FormWhoLooked { get; } = new("/fr/formulaires/qui-a-consulte", "/en/forms/who-looked");

    public static PageRoute FormFile { get; } = new("/fr/formulaires/mon-dossier", "/en/forms/my-file");

    /// <summary>Whatever else is asked for below a language.</summary>
    public static PageRoute Unknown { get; } = new("/fr/{**rest}", "/en/{**rest}");
}
