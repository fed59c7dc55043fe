using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>A simple decision from flags: who, what, by which system, how far automated, when, and why.</summary>
internal sealed class DecisionFlags
{
    private const int HighestLevel = 4;
    private static readonly string[] RequiredWords = ["--employee", "--category", "--kind", "--system", "--system-version", "--purpose"];

    private readonly Dictionary<string, Option<string?>> words = new(StringComparer.Ordinal);
    private readonly Option<bool?> adverse;
    private readonly Option<int?> level;

    public DecisionFlags(Session session)
    {
        foreach ((string name, string help) in new[]
        {
            ("--employee", "N"), ("--category", "CATEGORY"), ("--kind", "CODE"), ("--outcome", "CODE"), ("--system", "ID"),
            ("--system-version", "VERSION"), ("--purpose", "TEXT"), ("--role", "TEXT"), ("--decided-at", "DATE"), ("--time-zone", "ZONE"),
            ("--reason-fr", "TEXT"), ("--reason-en", "TEXT"), ("--work-site", "TEXT"), ("--id", "UUID"),
        })
        {
            words[name] = new Option<string?>(name) { Description = session.Texts["record.flag" + name.Replace("--", ".", StringComparison.Ordinal)], HelpName = help };
        }

        words["--category"].AcceptOnlyFromAmong(Names.Categories);
        adverse = new Option<bool?>("--adverse") { Description = session.Texts["record.flag.adverse"], HelpName = "true|false" };
        level = new Option<int?>("--level") { Description = session.Texts["record.flag.level"], HelpName = "0-4" };
    }

    private IEnumerable<System.CommandLine.Option> All => [.. words.Values, adverse, level];

    public void AddTo(Command command)
    {
        foreach (System.CommandLine.Option option in All)
        {
            command.Options.Add(option);
        }
    }

    public bool AnyGiven(ParseResult parsed) => All.Any(option => parsed.GetResult(option) is { Implicit: false });

    public Decision Decision(Session session, ParseResult parsed)
    {
        string[] missing = [.. Required(parsed)];
        if (missing.Length > 0)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("record.missing", string.Join(", ", missing)));
        }

        DateTimeOffset decided = Word("--decided-at") is { } text
            ? Instants.Parse(session, "--decided-at", text)
            : Whole(session.Around.Time.GetUtcNow());
        Decision decision = new()
        {
            Subject = new Subject { EmployeeNumber = Word("--employee"), WorkSite = Word("--work-site") ?? "" },
            Category = Names.Category(Word("--category")!),
            Kind = Word("--kind"),
            Adverse = parsed.GetValue(adverse)!.Value,
            System = new AiSystemUse { SystemId = Word("--system"), Version = Word("--system-version"), Purpose = Word("--purpose") },
            Automation = new Automation { Level = (AutomationLevel)(Level(session, parsed) + 1), FinalDecisionMakerRole = Word("--role") ?? "" },
            Times = new Times { DecidedAt = decided.ToTimestamp(), TimeZone = Word("--time-zone") ?? TimeZoneInfo.Local.Id },
            Personal = new PersonalContent { Outcome = new Outcome { Code = Word("--outcome") ?? Word("--kind") } },
        };
        foreach ((string flag, string language) in new[] { ("--reason-fr", "fr-CA"), ("--reason-en", "en-CA") })
        {
            if (Word(flag) is { } reason)
            {
                decision.Personal.Reasons.Add(new LocalizedText { Language = language, Text = reason });
            }
        }

        // Made from the content, so that repeating the command repeats the decision instead of recording a second one.
        decision.DecisionId = Word("--id") ?? ContentId.Of(decision);
        return decision;

        string? Word(string name) => parsed.GetValue(words[name]);
    }

    private IEnumerable<string> Required(ParseResult parsed) =>
        RequiredWords
            .Where(name => parsed.GetValue(words[name]) is null)
            .Concat(parsed.GetValue(adverse) is null ? ["--adverse"] : [])
            .Concat(parsed.GetValue(level) is null ? ["--level"] : []);

    private int Level(Session session, ParseResult parsed) => parsed.GetValue(level)!.Value is >= 0 and <= HighestLevel and int given
        ? given : throw new CommandFailure(ExitCode.Usage, session.Texts["usage.level"]);

    private static DateTimeOffset Whole(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());
}
