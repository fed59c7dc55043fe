using System.Globalization;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.Silo.Organisations.Retention;

namespace Ledger.Cli.Organisations;

/// <summary>Says what may go, what went and what stays.</summary>
internal static class RetentionInWords
{
    public static async Task SayAsync(Session session, RetentionFindings findings, bool applied, string? file)
    {
        Texts texts = session.Texts;
        await session.SayAsync(findings.HasRules
            ? texts.Format("retention.rules", findings.Organisation, findings.Profile, file)
            : texts.Format("retention.noRules", findings.Organisation, findings.Profile));
        await session.SayAsync("");
        if (findings.Ending.Count == 0)
        {
            await session.SayAsync(texts["retention.nothing"]);
        }
        else
        {
            await session.SayAsync(texts.Count(applied ? "retention.gone" : "retention.wouldGo", findings.Ending.Count));
            foreach (EndingPeriod period in findings.Ending)
            {
                await session.SayAsync("  " + texts.Format(
                    "retention.period", period.Class, period.Month, texts.Count("retention.decisions", period.Decisions), texts.Count("retention.workers", period.Workers)));
                await session.SayAsync("    " + texts.Format("retention.rule", period.Months, period.Source, Day(period.DueSince)));
                if (period.WorkersOnHold > 0)
                {
                    await session.SayAsync("    " + texts.Count("retention.held", period.WorkersOnHold));
                }

                if (period.Begun)
                {
                    await session.SayAsync("    " + texts["retention.begun"]);
                }
            }
        }

        if (findings.ReleasedWorkers > 0)
        {
            await session.SayAsync(texts.Count("retention.released", findings.ReleasedWorkers));
        }

        await SayStayingAsync(session, findings);
        if (!applied && (findings.Ending.Count > 0 || findings.ReleasedWorkers > 0))
        {
            await session.SayAsync("");
            await session.SayAsync(texts["retention.dryRun"]);
        }
    }

    private static async Task SayStayingAsync(Session session, RetentionFindings findings)
    {
        Texts texts = session.Texts;
        if (findings.Staying.Count > 0)
        {
            await session.SayAsync("");
            await session.SayAsync(texts["retention.stays"]);
            foreach (StayingClass staying in findings.Staying)
            {
                string count = texts.Count("retention.decisions", staying.Decisions);
                await session.SayAsync("  " + (staying is { Months: { } months, NextDue: { } due }
                    ? texts.Format("retention.stayingUntil", staying.Class, count, Day(due), months, staying.Source)
                    : texts.Format("retention.staying", staying.Class, count)));
            }
        }

        if (findings.Earlier > 0)
        {
            await session.SayAsync(texts.Count("retention.earlier", findings.Earlier));
        }

        if (findings.Ended > 0)
        {
            await session.SayAsync(texts.Count("retention.ended", findings.Ended));
        }
    }

    private static string Day(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
