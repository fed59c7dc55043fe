using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Ledger.Api.Hosting;
using Ledger.Verification;

namespace Ledger.Api.Transparency;

/// <summary>
/// The page of a dossier around its evidence, as a function of the evidence and the language alone: whoever has the evidence can make the page again and
/// hold the two against each other. <c>Dossier/script/page.js</c> is the same in JavaScript.
/// </summary>
internal sealed partial class DossierPage
{
    /// <summary>What stands before a piece of the evidence.</summary>
    public const string PieceStart = "<script type=\"text/x-ledger-evidence\">";

    /// <summary>What stands after it.</summary>
    public const string PieceEnd = "</script>";

    private static readonly string Frame = Resource("dossier.html");
    private static readonly string Style = Resource("dossier.css");

    // The script as it runs: what it needs to know of this version, then what ./make made.
    private static readonly string Script =
        $"const __languages={DossierLanguage.ToScript()},__frame={Quote(Frame)},__style={Quote(Style)};\n{Resource("dossier.js")}";

    private static readonly string ScriptHash = Hash(Script);

    private readonly Words _words;

    /// <param name="facts">What the evidence is.</param>
    /// <param name="words">The language.</param>
    public DossierPage(DossierFacts facts, Words words)
    {
        _words = words;
        string style = Style.Replace("{{code}}", facts.Code, StringComparison.Ordinal).Replace("{{page}}", words["print.page"], StringComparison.Ordinal);
        Dictionary<string, string> slots = new(StringComparer.Ordinal)
        {
            ["language"] = DossierLanguage.Tag(words),
            ["policy"] = $"default-src 'none'; script-src 'sha256-{ScriptHash}'; style-src 'sha256-{Hash(style)}'; base-uri 'none'; form-action 'none'",
            ["style"] = style,
            ["script"] = Script,
            ["title"] = Escape(words.Format("page.title", facts.Code)),
            ["code"] = facts.Code,
            ["summary"] = Rows(Summary(facts)),
        };
        string[] parts = Slot().Replace(Frame, slot => slot.Groups["text"].Success ? Escape(words[slot.Groups["name"].Value])
            : slots.GetValueOrDefault(slot.Groups["name"].Value, "\0")).Split('\0');
        // The places of the header's piece, of the events, and of the end's piece.
        (BeforeHeader, AfterHeader, BeforeEnd, AfterEnd) = (parts[0], parts[1], parts[2], parts[3]);
    }

    /// <summary>Up to the evidence's header.</summary>
    public string BeforeHeader { get; }

    /// <summary>After the evidence's header, up to the first event.</summary>
    public string AfterHeader { get; }

    /// <summary>After the last event, up to the end of the evidence.</summary>
    public string BeforeEnd { get; }

    /// <summary>After the evidence.</summary>
    public string AfterEnd { get; }

    /// <summary>What is shown of one event, up to its piece of the evidence.</summary>
    /// <exception cref="Exception">The event's data are not of its type; not for an event that the ledger recorded.</exception>
    public string BeforePiece(EvidenceEvent @event)
    {
        DossierRecord record = new(@event, _words);
        string number = @event.Revision.ToString(CultureInfo.InvariantCulture);
        StringBuilder html = new();
        html.Append("<article id=\"r").Append(number).Append("\">\n<h3>").Append(Escape(_words.Format("record.heading", number, record.Kind)));
        if (record.IsAdverse)
        {
            html.Append(" <span class=\"tag\">").Append(Escape(_words["record.adverse"])).Append("</span>");
        }

        html.Append("</h3>\n<p class=\"sentence\">").Append(Escape(record.Sentence)).Append("</p>\n");
        if (record.Withheld.Count > 0)
        {
            html.Append("<p class=\"withheld\">").Append(Escape(_words.Format("record.withholds", string.Join(", ", record.Withheld)))).Append("</p>\n");
        }

        html.Append("<details>\n<summary>").Append(Escape(_words.Format("record.all", number))).Append("</summary>\n<table>\n<tbody>\n").Append(Rows(record.Rows))
            .Append("</tbody>\n</table>\n</details>\n<p class=\"proof\">").Append(Escape(record.Proof)).Append("</p>\n</article>\n").Append(PieceStart);
        return html.ToString();
    }

    /// <summary>What stands after an event's piece of the evidence.</summary>
    public static string AfterPiece => PieceEnd + "\n";

    private List<DossierRow> Summary(DossierFacts facts)
    {
        EvidenceReport report = facts.Report;
        Match stream = WorkerStream().Match(report.Stream);
        List<DossierRow> rows =
        [
            new(_words["summary.code"], facts.Code),
            new(_words["summary.worker"], stream.Groups["worker"].Value),
            new(_words["summary.organisation"], stream.Success ? stream.Groups["organisation"].Value : report.Stream),
            new(_words["summary.events"], _words.Format("summary.eventsValue", Count("count.event", report.Events), Count("count.decision", facts.Decisions))),
            new(_words["summary.withheld"], report.Sealed.EventsWithheld == 0 ? _words["summary.withheldNone"] : Count("count.withheld", report.Sealed.EventsWithheld)),
            new(_words["summary.checkpoint"], report.Checkpoint is { } checkpoint
                ? _words.Format("summary.checkpointValue", checkpoint.Origin, checkpoint.Head.Size.ToString(CultureInfo.InvariantCulture), checkpoint.Head.Root) : ""),
            new(_words["summary.logKey"], report.LogKey?.ToString() ?? ""),
        ];
        rows.AddRange(report.Cosignatures.Select(cosignature => new DossierRow(
            _words["summary.witness"], _words.Format("summary.witnessValue", _words.Instant(cosignature.Time, "UTC"), cosignature.Key))));
        if (report.Cosignatures.Count == 0)
        {
            rows.Add(new DossierRow(_words["summary.witness"], _words["summary.witnessNone"]));
        }

        return rows;
    }

    private string Count(string key, long number) =>
        _words.Format(_words.IsOne(number) ? $"{key}.one" : $"{key}.many", number.ToString(CultureInfo.InvariantCulture));

    private static string Rows(IEnumerable<DossierRow> rows) => string.Concat(rows.Select(row =>
        $"<tr{(row.IsWithheld ? " class=\"withheld\"" : "")}><th scope=\"row\">{Escape(row.Label)}</th><td>{Escape(row.Words)}</td></tr>\n"));

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    private static string Quote(string text) => $"\"{System.Text.Encodings.Web.JavaScriptEncoder.Default.Encode(text)}\"";

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Ledger.Api.Transparency.Dossier.{name}")!;
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\{\{(?<text>t:)?(?<name>[a-zA-Z.]+)\}\}", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Slot();

    [GeneratedRegex(@"^worker-(?<organisation>.*)-(?<worker>[0-9a-f]{32})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Singleline, 1000)]
    private static partial Regex WorkerStream();
}
