using System.Globalization;
using System.Text;
using Ledger.Api.Decisions;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>Lays decisions out as paragraphs, folded to the terminal; a file gets each sentence on one line.</summary>
internal sealed class Paragraphs(Session session)
{
    private const int Indent = 2;
    private const int Narrowest = 40;

    private readonly DecisionInWords words = new(session.Texts);

    public IEnumerable<string> Of(RecordedDecision recorded)
    {
        foreach (string line in Fold(words.Sentence(recorded.Decision), "• ", Indent))
        {
            yield return line;
        }

        (string Label, string Words)[] points = [.. words.Points(recorded)];
        int widest = points.Max(p => Width(p.Label));
        foreach ((string label, string text) in points)
        {
            string head = new string(' ', Indent) + label + new string(' ', widest - Width(label) + Indent);
            foreach (string line in Fold(text, head, Indent + widest + Indent))
            {
                yield return line;
            }
        }

        yield return "";
    }

    /// <summary>Folds one text after a head; further lines are indented.</summary>
    public IEnumerable<string> Fold(string text, string head, int indent)
    {
        int width = session.Around.OutIsTerminal ? Math.Max(session.Around.Width - 1, Narrowest) : int.MaxValue;
        StringBuilder line = new(head);
        bool empty = true;
        foreach (string word in text.ReplaceLineEndings(" ").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!empty && Width(line.ToString()) + 1 + Width(word) > width)
            {
                yield return line.ToString();
                line.Clear().Append(' ', indent);
                empty = true;
            }

            line.Append(empty ? "" : " ").Append(word);
            empty = false;
        }

        yield return line.ToString();
    }

    private static int Width(string text) => new StringInfo(text).LengthInTextElements;
}
