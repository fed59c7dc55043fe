using Ledger.Api.Access;
using Ledger.Api.Hosting.Pages;
using Ledger.Api.Workers;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Help;

/// <summary>Help for each kind of reader, and forms for those who would rather write on paper. Public: anybody can read or print them for somebody.</summary>
internal sealed class HelpPages(PageDesk desk, NewIds ids)
{
    public static IReadOnlyList<HelpReader> Readers { get; } =
    [
        new("worker", Role.Worker, SiteMap.HelpWorker,
            [(SiteMap.MyDecisions, "menu.decisions"), (SiteMap.WhoLooked, "menu.looked"), (SiteMap.HeldAboutMe, "menu.held"), (SiteMap.MyRepresentative, "menu.representative"),
                (SiteMap.MyFile, "menu.file")]),
        new("representative", Role.Representative, SiteMap.HelpRepresentative, [(SiteMap.Representative, "menu.union"), (SiteMap.MyUnits, "union.unitsTitle"), (SiteMap.RefusedDecisions, "refused.title")]),
        new("hr", Role.Hr, SiteMap.HelpHr, [(SiteMap.Hr, "menu.hr"), (SiteMap.Systems, "hr.systemsTitle"), (SiteMap.RefusedDecisions, "refused.title")]),
        new("auditor", Role.Auditor, SiteMap.HelpAuditor, []),
    ];

    public static IReadOnlyList<PaperForm> Forms { get; } =
    [
        new("decisions", SiteMap.FormDecisions, ["from", "to", "about"], IsEntered: false),
        new("give", SiteMap.FormGiveMandate, ["representative", "duration", "code", "purpose"], IsEntered: true),
        new("takeBack", SiteMap.FormTakeBackMandate, ["representative", "mandate", "codeIfKnown"], IsEntered: true),
        new("looked", SiteMap.FormWhoLooked, ["from", "to"], IsEntered: false),
        new("file", SiteMap.FormFile, ["copy"], IsEntered: false),
    ];

    /// <summary>Where the help of this reader begins.</summary>
    public static PageRoute For(Caller? caller) =>
        Readers.FirstOrDefault(reader => caller?.Roles.Contains(reader.Role) == true)?.Page ?? SiteMap.Help;

    public void Map(IEndpointRouteBuilder app)
    {
        desk.MapGet(app, SiteMap.Help, visit => Task.FromResult(visit.Show<HelpStart>()));
        foreach (HelpReader reader in Readers)
        {
            desk.MapGet(app, reader.Page, visit => Task.FromResult(visit.Show<HelpPage>(reader)));
        }

        desk.MapGet(app, SiteMap.Forms, visit => Task.FromResult(visit.Show<FormsPage>()));
        foreach (PaperForm form in Forms)
        {
            desk.MapGet(app, form.Page, visit => Task.FromResult(visit.Show<PaperFormPage>(new PaperFormModel(form, NewReference()))));
        }
    }

    private string NewReference()
    {
        string id = ids.Next().ToString("N").ToUpperInvariant();
        return $"F-{id[..4]}-{id[4..8]}";
    }
}

/// <summary>A kind of reader.</summary>
/// <param name="Key">Part of the names of its texts.</param>
/// <param name="Role">Who reads it once signed in.</param>
/// <param name="Page">Its help.</param>
/// <param name="Links">The pages it speaks of, with the text that names each.</param>
internal sealed record HelpReader(string Key, Role Role, PageRoute Page, IReadOnlyList<(PageRoute Page, string Text)> Links);

/// <summary>A form to print.</summary>
/// <param name="Key">Part of the names of its texts.</param>
/// <param name="Page">Its page.</param>
/// <param name="Fields">What is asked besides who they are, in order.</param>
/// <param name="IsEntered">Whether a desk enters it into the ledger for the person; if not, it answers with a copy.</param>
internal sealed record PaperForm(string Key, PageRoute Page, IReadOnlyList<string> Fields, bool IsEntered);

/// <summary>A form with the code of this print, <c>F-</c> and twice four hexadecimal digits. It is kept nowhere until a desk writes it down.</summary>
internal sealed record PaperFormModel(PaperForm Form, string Reference);
