using System.Globalization;
using Ledger.Api.Decisions;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;
using Spectre.Console;

namespace Ledger.Cli.Decisions;

/// <summary>A trail as a table, for those who ask for one.</summary>
internal static class TrailTable
{
    public static void Write(Session session, IReadOnlyList<RecordedDecision> decisions)
    {
        Texts texts = session.Texts;
        DecisionInWords words = new(texts);
        Table table = new() { Border = TableBorder.Simple };
        foreach (string column in (string[])["table.revision", "table.decided", "table.category", "table.outcome", "table.adverse", "table.level", "table.system"])
        {
            table.AddColumn(new TableColumn(new Text(texts[column])) { NoWrap = column is "table.revision" or "table.adverse" or "table.level" });
        }

        foreach (RecordedDecision recorded in decisions)
        {
            Decision decision = recorded.Decision;
            string zone = decision.Times?.TimeZone ?? "UTC";
            DateTimeOffset decided = decision.Times?.DecidedAt?.ToDateTimeOffset() ?? default;
            DateTimeOffset local = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out TimeZoneInfo? found) ? TimeZoneInfo.ConvertTime(decided, found) : decided;
            table.AddRow(((string[])
            [
                recorded.Receipt?.Revision.ToString(texts.Culture) ?? "",
                local.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                Names.Of(decision.Category).ToLowerInvariant(),
                words.Outcome(decision, zone),
                texts[decision.Adverse ? "value.yes" : "value.no"],
                ((int)(decision.Automation?.Level ?? AutomationLevel.Unspecified) - 1).ToString(texts.Culture),
                decision.System?.SystemId ?? "",
            ]).Select(cell => new Text(cell)));
        }

        Screen.For(session).Write(table);
    }
}
