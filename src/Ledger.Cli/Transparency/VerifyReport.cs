using System.Text.Json;
using Ledger.Cli.Decisions;
using Ledger.Cli.Diagnosis;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;

namespace Ledger.Cli.Transparency;

/// <summary>
/// What a verification found, whatever was verified: each finding as it comes, then the verdict, what it means, and what it does not
/// mean. With <c>--json</c> one line, <c>ledger.verify/1</c>, with every sentence in both languages.
/// </summary>
/// <param name="session">Where it is told.</param>
/// <param name="json">In JSON.</param>
/// <param name="kind">What is verified, a fixed name: <c>log</c>.</param>
/// <param name="subject">Which one: an address, a path.</param>
internal sealed class VerifyReport(Session session, bool json, string kind, string subject)
{
    public const string Schema = "ledger.verify/1";

    private static readonly Texts French = new(new Language("fr", Guessed: false).Culture);
    private static readonly Texts English = new(new Language("en", Guessed: false).Culture);

    private readonly List<VerifyFinding> findings = [];
    private readonly List<Action<Utf8JsonWriter>> facts = [];

    public int Problems => findings.Count(f => f.Weight == Weight.Problem);

    public async Task AddAsync(VerifyFinding finding)
    {
        findings.Add(finding);
        if (!json)
        {
            string mark = finding.Weight switch { Weight.Good => "✓", Weight.Advice => "!", _ => "✗" };
            await SayAsync(finding.Sentence(session.Texts), $"{mark} ", 2);
        }
    }

    /// <summary>A member of the JSON answer.</summary>
    public void Fact(Action<Utf8JsonWriter> write) => facts.Add(write);

    /// <summary>Ends the report: sound, or not.</summary>
    /// <param name="proves">Key of the text that says what is proven if it is sound.</param>
    /// <param name="provesNot">Key of the text that says what is not proven even so.</param>
    public async Task<ExitCode> EndAsync(string proves, string provesNot)
    {
        bool sound = Problems == 0;
        if (json)
        {
            await session.SayAsync(Json(sound ? "sound" : "tampered", sound ? provesNot : null, failure: null));
        }
        else if (sound)
        {
            await SayAsync(session.Texts[proves], "", 0);
            await SayAsync(session.Texts[provesNot], "", 0);
        }
        else
        {
            await SayAsync(session.Texts["verify.tampered"], "", 0);
        }

        return sound ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>Ends the report without a verdict: what had to be looked at could not be had.</summary>
    /// <param name="reason">Why, in the languages of the two texts.</param>
    public async Task<ExitCode> UncheckedAsync(Func<Texts, string> reason)
    {
        if (json)
        {
            await session.SayAsync(Json("unchecked", provesNot: null, reason));
        }
        else
        {
            await session.RemarkAsync(session.Texts.Format("failure.line", reason(session.Texts)));
            await session.RemarkAsync(session.Texts["verify.unchecked"]);
        }

        return ExitCode.Usage;
    }

    private async Task SayAsync(string text, string head, int indent)
    {
        foreach (string line in new Paragraphs(session).Fold(text, head, indent))
        {
            await session.SayAsync(line);
        }
    }

    private string Json(string verdict, string? provesNot, Func<Texts, string>? failure) => JsonLine.Write(writer =>
    {
        writer.WriteString("schema", Schema);
        writer.WriteString("kind", kind);
        writer.WriteString("subject", subject);
        writer.WriteString("verdict", verdict);
        foreach (Action<Utf8JsonWriter> fact in facts)
        {
            fact(writer);
        }

        writer.WriteStartArray("findings");
        foreach (VerifyFinding finding in findings)
        {
            writer.WriteStartObject();
            writer.WriteString("check", JsonNamingPolicy.CamelCase.ConvertName(finding.Check.ToString()));
            writer.WriteString("weight", finding.Weight switch { Weight.Good => "good", Weight.Advice => "advice", _ => "problem" });
            writer.WriteString("where", finding.Where);
            WriteSentence(writer, "finding", finding.Sentence);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (failure is not null)
        {
            WriteSentence(writer, "reason", failure);
        }

        if (provesNot is not null)
        {
            WriteSentence(writer, "notProven", texts => texts[provesNot]);
        }
    });

    private static void WriteSentence(Utf8JsonWriter writer, string name, Func<Texts, string> sentence)
    {
        writer.WriteStartObject(name);
        writer.WriteString("fr", sentence(French));
        writer.WriteString("en", sentence(English));
        writer.WriteEndObject();
    }
}
