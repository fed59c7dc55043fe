using System.Collections.Frozen;
using Ledger.Api.Hosting.Pages;

namespace Ledger.Api.Access;

/// <summary>
/// Who may do what: every method that can be called, which roles may, and how far each reaches. What has no row here is not served: the
/// process does not start. <c>docs/access.md</c> is made from it.
/// </summary>
internal static class AccessTable
{
    private const string Decisions = "ledger.v1.DecisionService/", Workers = "ledger.v1.WorkerService/", Access = "ledger.v1.AccessService/",
        Log = "ledger.v1.TransparencyService/", Organisations = "ledger.v1.OrganisationService/";

    private static readonly Grant[] OfRecord =
    [
        new(Role.Worker, Scope.OwnRecord), new(Role.Representative, Scope.Mandate), new(Role.Hr, Scope.OwnOrganisationForPurpose),
        new(Role.Operator, Scope.OwnDirectory),
    ];

    private static readonly Grant[] OfRecording = [new(Role.Producer, Scope.OwnOrganisation), new(Role.Operator, Scope.OwnDirectory)];

    private static readonly Grant[] OfOwnRecord = [new(Role.Worker, Scope.OwnRecord)];

    private static readonly Grant[] OfDesk = [new(Role.Hr, Scope.OwnOrganisation), new(Role.Representative, Scope.OwnOrganisation)];

    private static readonly Grant[] OfKeeping = [new(Role.Hr, Scope.OwnOrganisation), new(Role.Auditor, Scope.OwnOrganisation)];

    private static readonly Grant[] OfEveryRole = [.. RoleNames.All.Select(role => new Grant(role, Scope.Anything))];

    private static readonly AccessRow[] Calls =
    [
        new(Decisions + "RecordDecision", OfRecording) { IsRecording = true },
        new(Decisions + "RecordDecisions", OfRecording) { IsRecording = true },
        new(Decisions + "GetDecision", OfRecord, Shows.ActAndPerson),
        new(Decisions + "ListDecisions", OfRecord, Shows.ActAndPerson),
        new(Decisions + "WatchDecisions", OfRecord, Shows.ActAndPerson),
        new(Log + "ExportEvidence", OfRecord, Shows.Stored),
        new(Workers + "LookupWorker", [new(Role.Hr, Scope.OwnOrganisation), new(Role.Operator, Scope.OwnDirectory)]),
        new(Workers + "GiveMandate", OfOwnRecord),
        new(Workers + "WithdrawMandate", OfOwnRecord),
        new(Workers + "ListMandates", OfOwnRecord),
        new(Workers + "EnterMandate", OfDesk),
        new(Workers + "EnterWithdrawal", OfDesk),
        new(Workers + "RequestErasure", [new(Role.Worker, Scope.OwnRecord), new(Role.Hr, Scope.OwnOrganisation)]),
        new(Workers + "ConfirmErasure", [new(Role.Hr, Scope.OwnOrganisation)]),
        new(Workers + "PlaceHold", OfKeeping),
        new(Workers + "LiftHold", OfKeeping),
        new(Workers + "GetProtection", [new(Role.Worker, Scope.OwnRecord), new(Role.Representative, Scope.Mandate), .. OfKeeping]),
        new(Organisations + "GetUnitOverview", [new(Role.Representative, Scope.OwnUnits), new(Role.Hr, Scope.OwnOrganisation)]),
        new(Organisations + "ListSystemUses", [new(Role.Hr, Scope.OwnOrganisation)]),
        new(Organisations + "ListMembers", [new(Role.Representative, Scope.OwnOrganisation)]),
        new(Access + "GetCaller", OfEveryRole),
        new(Access + "ListRefusedAttempts", [new(Role.Auditor, Scope.OwnOrganisation), new(Role.Operator, Scope.OwnDirectory)]),
        // Systems and numbers, no people; whose account sent them is not for the representative.
        new(Access + "ListRefusedDecisions",
        [
            new(Role.Hr, Scope.OwnOrganisation), new(Role.Auditor, Scope.OwnOrganisation), new(Role.Operator, Scope.OwnDirectory), new(Role.Representative, Scope.OwnOrganisation),
        ]),
        // By a decision's name it tells that the decision exists; by index it is as public as the log.
        new(Log + "GetInclusionProof",
        [
            new(Role.Producer, Scope.OwnOrganisation), new(Role.Worker, Scope.OwnRecord), new(Role.Representative, Scope.Mandate),
            new(Role.Hr, Scope.OwnOrganisation), new(Role.Auditor, Scope.OwnOrganisation), new(Role.Operator, Scope.OwnDirectory),
        ]) { PublicWithoutRecord = true },
        Public(Log + "GetCheckpoint"),
        Public(Log + "GetConsistencyProof"),
        Public(Log + "ListLogKeys"),
        Public(Log + "ListWitnesses"),
        // The log as files (c2sp.org/tlog-tiles): free of personal data, and there to be checked by anyone.
        Public("/log/{organisation}/checkpoint"),
        Public("/log/{organisation}/tile/{**path}"),
        Public("/log/{organisation}/keys"),
        Public("/log/{organisation}/key-statements/{number:int:min(0)}"),
        Public("/log/{organisation}/witness/checkpoint"),
        // A cosignature is its own credential: only those of witnesses that the log knows are taken.
        Public("/log/{organisation}/witness/cosignatures"),
        // The contract is public, and whoever watches over the process has no account.
        Public("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
        Public("grpc.reflection.v1.ServerReflection/ServerReflectionInfo"),
        Public("grpc.health.v1.Health/Check"),
        Public("grpc.health.v1.Health/Watch"),
        Public("grpc.health.v1.Health/List"),
        Public("/health/live"),
        Public("/health/ready"),
    ];

    // A page shows what a call answers, to whom the call would answer it.
    private static readonly AccessRow[] Pages =
    [
        Page(SiteMap.MyDecisions, Like("ListDecisions"), Role.Worker),
        Page(SiteMap.MyDecision, Like("GetDecision"), Role.Worker),
        Page(SiteMap.MyProof, Like("GetInclusionProof"), Role.Worker),
        Page(SiteMap.WhoLooked, Like("ListDecisions"), Role.Worker),
        Page(SiteMap.HeldAboutMe, Like("ListDecisions"), Role.Worker),
        Page(SiteMap.MyFile, Like("ListDecisions"), Role.Worker),
        Page(SiteMap.MyDossier, Like("ExportEvidence"), Role.Worker),
        Page(SiteMap.MyData, Like("ListDecisions"), Role.Worker),
        Page(SiteMap.MyTable, Like("ListDecisions"), Role.Worker),
        Page(SiteMap.MyRepresentative, Like("ListMandates")),
        Page(SiteMap.GiveMandate, Like("GiveMandate")),
        Page(SiteMap.MandateGiven, Like("ListMandates")),
        Page(SiteMap.TakeBackMandate, Like("WithdrawMandate")),
        Page(SiteMap.MandateTakenBack, Like("ListMandates")),
        Page(SiteMap.PersonDecisions, Like("ListDecisions"), Role.Representative, Role.Hr),
        Page(SiteMap.PersonDecision, Like("GetDecision"), Role.Representative, Role.Hr),
        Page(SiteMap.PersonProof, Like("GetInclusionProof"), Role.Representative, Role.Hr),
        Page(SiteMap.PersonDossier, Like("ExportEvidence"), Role.Representative, Role.Hr),
        Page(SiteMap.PersonData, Like("ListDecisions"), Role.Representative, Role.Hr),
        Page(SiteMap.PersonTable, Like("ListDecisions"), Role.Representative, Role.Hr),
        Page(SiteMap.HeldAboutPerson, Like("ListDecisions"), Role.Representative, Role.Hr),
        Page(SiteMap.Desk, Like("EnterMandate")),
        Page(SiteMap.DeskGiveMandate, Like("EnterMandate")),
        Page(SiteMap.DeskTakeBackMandate, Like("EnterWithdrawal")),
        Page(SiteMap.DeskEntered, Like("EnterMandate")),
        Page(SiteMap.Representative, Like("ListMembers")),
        Page(SiteMap.MyUnits, Like("GetUnitOverview")),
        Page(SiteMap.Systems, Like("ListSystemUses")),
        Page(SiteMap.RefusedDecisions, Like("ListRefusedDecisions"), Role.Hr, Role.Representative),
        new(SiteMap.OpenMember.French, [new(Role.Representative, Scope.OwnOrganisation)]) { Page = SiteMap.OpenMember },
        new(SiteMap.Hr.French, [new(Role.Hr, Scope.OwnOrganisation)]) { Page = SiteMap.Hr },
        Page(SiteMap.FindPerson, Like("LookupWorker"), Role.Hr),
        PublicPage(SiteMap.Start),
        PublicPage(SiteMap.SignIn),
        PublicPage(SiteMap.SignInAt),
        PublicPage(SiteMap.SignInByLink),
        PublicPage(SiteMap.SignOut),
        PublicPage(SiteMap.Stay),
        PublicPage(SiteMap.SignedOut),
        PublicPage(SiteMap.PublicLedger),
        PublicPage(SiteMap.Help),
        PublicPage(SiteMap.HelpWorker),
        PublicPage(SiteMap.HelpRepresentative),
        PublicPage(SiteMap.HelpHr),
        PublicPage(SiteMap.HelpAuditor),
        PublicPage(SiteMap.Forms),
        PublicPage(SiteMap.FormDecisions),
        PublicPage(SiteMap.FormGiveMandate),
        PublicPage(SiteMap.FormTakeBackMandate),
        PublicPage(SiteMap.FormWhoLooked),
        PublicPage(SiteMap.FormFile),
        PublicPage(SiteMap.Unknown),
        Public("/"),
        Public("/assets/{name}"),
    ];

    public static IReadOnlyList<AccessRow> Rows { get; } = [.. Calls, .. Pages];

    private static readonly FrozenDictionary<string, AccessRow> ByMethod = Rows
        .SelectMany(row => row.Page is { } page ? [(page.French, row), (page.English, row)] : new[] { (row.Method, row) })
        .ToFrozenDictionary(entry => entry.Item1, entry => entry.row, StringComparer.Ordinal);

    /// <summary>The row of a method, by its full name or its route.</summary>
    public static AccessRow? Find(string method) => ByMethod.GetValueOrDefault(method.TrimStart('/')) ?? ByMethod.GetValueOrDefault(method);

    private static AccessRow Like(string call) => Calls.Single(row => row.Method.EndsWith($"/{call}", StringComparison.Ordinal));

    /// <summary>A page that shows what a call answers; for those of the call's roles that are named, or all.</summary>
    private static AccessRow Page(PageRoute page, AccessRow like, params Role[] roles) =>
        new(page.French, [.. like.Grants.Where(grant => roles.Length == 0 || roles.Contains(grant.Role))], like.Shows) { Page = page, ShortName = like.ShortName };

    private static AccessRow PublicPage(PageRoute page) => new(page.French, []) { IsPublic = true, Page = page };

    private static AccessRow Public(string method) => new(method, []) { IsPublic = true };
}

/// <summary>A method and who may call it.</summary>
/// <param name="Method">Full gRPC name, or the route of a page or file.</param>
/// <param name="Grants">What lets a caller in: any one of them.</param>
/// <param name="Shows">What of a person's record it shows.</param>
internal sealed record AccessRow(string Method, IReadOnlyList<Grant> Grants, Shows Shows = Shows.Nothing)
{
    /// <summary>Anybody may, without a token.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Anybody may where the request names no person's record.</summary>
    public bool PublicWithoutRecord { get; init; }

    /// <summary>Whether it records decisions: those are held back by the batch, not by the call.</summary>
    public bool IsRecording { get; init; }

    /// <summary>Set for a page.</summary>
    public PageRoute? Page { get; init; }

    /// <summary>The method alone, for example <c>ListDecisions</c>; a page has that of the call whose answer it shows.</summary>
    public string ShortName { get; init; } = Method[(Method.LastIndexOf('/') + 1)..];
}

/// <summary>A role, and how far it reaches.</summary>
internal readonly record struct Grant(Role Role, Scope Scope);

/// <summary>What of a person's record a method shows.</summary>
internal enum Shows
{
    /// <summary>Nothing that somebody said about them.</summary>
    Nothing,

    /// <summary>Decisions, with what they say about the person.</summary>
    ActAndPerson,

    /// <summary>The same, as the events are stored.</summary>
    Stored,
}
