using System.CommandLine;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Decisions;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>Which decisions of a trail: the filters of <c>ListDecisions</c>.</summary>
internal sealed class FilterOptions
{
    private readonly Option<string?> category;
    private readonly Option<string?> system;
    private readonly Option<string?> from;
    private readonly Option<string?> before;
    private readonly Option<bool> adverse;
    private readonly Option<bool> notAdverse;

    public FilterOptions(Session session)
    {
        category = new Option<string?>("--category") { Description = session.Texts["option.category"], HelpName = "CATEGORY" };
        category.AcceptOnlyFromAmong(Names.Categories);
        system = new Option<string?>("--system") { Description = session.Texts["option.system"], HelpName = "ID" };
        from = new Option<string?>("--from") { Description = session.Texts["option.from"], HelpName = "DATE" };
        before = new Option<string?>("--before") { Description = session.Texts["option.before"], HelpName = "DATE" };
        adverse = new Option<bool>("--adverse") { Description = session.Texts["option.adverseOnly"] };
        notAdverse = new Option<bool>("--not-adverse") { Description = session.Texts["option.othersOnly"] };
    }

    private IEnumerable<System.CommandLine.Option> All => [category, system, from, before, adverse, notAdverse];

    public void AddTo(Command command)
    {
        foreach (System.CommandLine.Option option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether any filter was given.</summary>
    public bool AreUsed(ParseResult parsed) => All.Any(option => parsed.GetResult(option) is { Implicit: false });

    public ListDecisionsRequest Request(Session session, ParseResult parsed)
    {
        ListDecisionsRequest request = new() { SystemId = parsed.GetValue(system) ?? "" };
        if (parsed.GetValue(category) is { } name)
        {
            request.Category = Names.Category(name);
        }

        if (parsed.GetValue(adverse) != parsed.GetValue(notAdverse))
        {
            request.Adverse = parsed.GetValue(adverse);
        }

        request.DecidedFrom = Instants.Optional(session, parsed, from);
        request.DecidedBefore = Instants.Optional(session, parsed, before);
        return request;
    }
}

/// <summary>Instants on the command line.</summary>
internal static class Instants
{
    public static Timestamp? Optional(Session session, ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? Parse(session, option.Name, text).ToTimestamp() : null;

    /// <summary>ISO 8601; without an offset, in this machine's time zone.</summary>
    public static DateTimeOffset Parse(Session session, string option, string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset instant)
            ? instant.ToUniversalTime()
            : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("usage.instant", option, text));
}
