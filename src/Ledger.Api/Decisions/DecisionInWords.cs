using Ledger.Api.Hosting;
using Ledger.V1;

namespace Ledger.Api.Decisions;

/// <summary>One decision as a person reads it: a sentence first, then what stands behind it, point by point.</summary>
public sealed class DecisionInWords(Words texts)
{
    /// <summary>What happened, as a person would say it: the act, what a human did, and whether it was to the worker's disadvantage.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="toWorker">Whether the worker reads it, who is then « vous ».</param>
    public string Sentence(Decision decision, bool toWorker = false)
    {
        string zone = decision.Times?.TimeZone ?? "UTC";
        IEnumerable<string?> sentences =
        [
            WhatHappened(decision, zone),
            decision.Automation is { Level: AutomationLevel.MachineRecommends or AutomationLevel.MachineDecidesHumanCanStop } automation
                ? WhatAHumanDid(decision, automation, zone) : null,
            decision.Adverse ? texts[toWorker ? "sentence.adverse.you" : "sentence.adverse.other"] : null,
        ];
        return string.Join(' ', sentences.Where(s => s is not null));
    }

    /// <summary>What stands behind it: each point a label and its words.</summary>
    public IEnumerable<(string Label, string Words)> Points(RecordedDecision recorded)
    {
        Decision decision = recorded.Decision;
        PersonalContent personal = decision.Personal ?? new PersonalContent();
        string zone = decision.Times?.TimeZone ?? "UTC";
        foreach ((string label, string? words) in new (string, string?)[]
        {
            ("point.erased", recorded.Erased ? texts["decision.erased"] : recorded.RetentionEnded ? texts["decision.retentionEnded"] : null),
            ("point.automation", decision.Automation is null ? null : HowFarAutomated(decision.Automation)),
            ("point.reasons", Reason(personal)),
            ("point.factors", Joined(personal.Factors.Select(f => Factor(f, zone)))),
            ("point.score", Score(personal)),
            ("point.recommendation", personal.Recommendation is { } r ? OutcomeOf(r, zone) : null),
            ("point.review", decision.Automation?.Review is { } review ? Review(review, personal.ReviewReason, zone) : null),
            ("point.data", Joined(personal.DataUsed.Select(Data))),
            ("point.measures", Joined(personal.Measures.SelectMany(Measure))),
            ("point.notice", decision.Notice is { } notice ? Notice(notice, zone) : texts["decision.noNotice"]),
            ("point.ground", Joined([Text(decision.Ground?.LegalBasis), Text(decision.Ground?.AgreementClause)])),
            ("point.system", System(decision.System)),
            ("point.effective", decision.Times?.EffectiveAt is { } effective ? texts.Clock(effective.ToDateTimeOffset(), zone) : null),
            ("point.place", Joined([Text(decision.Subject?.WorkSite), Text(decision.Subject?.JobClass), Text(decision.Subject?.BargainingUnit)])),
            ("point.id", decision.DecisionId),
            ("point.receipt", recorded.Receipt is { } receipt ? texts.Format(
                "decision.receipt", receipt.Revision, receipt.RecordedAt is { } at ? texts.Clock(at.ToDateTimeOffset(), zone) : texts["value.none"]) : null),
        })
        {
            if (words is { Length: > 0 })
            {
                yield return (texts[label], words);
            }
        }
    }

    /// <summary>The outcome with what it changed and the amount at stake.</summary>
    public string Outcome(Decision decision, string zone) =>
        decision.Personal?.Outcome is { } outcome ? OutcomeOf(outcome, zone) : ValuesInWords.Code(decision.Kind, texts);

    internal string OutcomeOf(Outcome outcome, string zone)
    {
        string words = ValuesInWords.Code(outcome.Code, texts);
        return Change(outcome, zone) is { Length: > 0 } change ? $"{words} ({change})" : words;
    }

    private string WhatHappened(Decision decision, string zone)
    {
        string when = decision.Times?.DecidedAt is { } decided ? texts.Clock(decided.ToDateTimeOffset(), zone) : texts["value.none"];
        string system = texts[$"system.{Names.Of(decision.Category)}"];
        string id = decision.System?.SystemId ?? "";
        string role = decision.Automation?.FinalDecisionMakerRole ?? "";
        Outcome? recommended = decision.Personal?.Recommendation;
        string act = Act(decision, decision.Personal?.Outcome, zone);
        return (decision.Automation?.Level ?? AutomationLevel.Unspecified) switch
        {
            AutomationLevel.HumanOnly => texts.Format(role.Length > 0 ? "sentence.humanRole" : "sentence.human", when, act, role),
            AutomationLevel.MachineInforms => texts.Format(role.Length > 0 ? "sentence.informedRole" : "sentence.informed", when, act, system, id, role),
            AutomationLevel.MachineRecommends => BySystem("sentence.proposed", Act(decision, recommended ?? decision.Personal?.Outcome, zone)),
            // Where a human changed it, what the machine had decided is the recommendation.
            AutomationLevel.MachineDecidesHumanCanStop => BySystem("sentence.decided", IsChanged(decision) && recommended is not null ? Act(decision, recommended, zone) : act),
            AutomationLevel.MachineDecides => BySystem("sentence.decidedAlone", act),
            _ => BySystem("sentence.tookPart", act),
        };

        string BySystem(string verb, string what) => texts.Format("sentence.system", when, system, id, texts.Format(verb, what));
    }

    private string WhatAHumanDid(Decision decision, Automation automation, string zone)
    {
        string who = automation.FinalDecisionMakerRole.Length > 0
            ? texts.Format("sentence.whoRole", automation.FinalDecisionMakerRole) : texts["sentence.who"];
        if (automation.Review is not { } review)
        {
            return texts.Format(automation.Level == AutomationLevel.MachineRecommends ? "sentence.decidedByHuman" : "sentence.couldStop", who);
        }

        string? took = review is { OpenedAt: { } opened, DecidedAt: { } decided } ? ValuesInWords.Of(decided - opened, texts) : null;
        string key = review.Changed ? "sentence.changed" : "sentence.confirmed";
        return !review.Changed ? texts.Format(took is null ? key : key + "After", who, took)
            : texts.Format(took is null ? key : key + "After", who, Act(decision, decision.Personal?.Outcome, zone), took);
    }

    private static bool IsChanged(Decision decision) => decision.Automation?.Review is { Changed: true };

    /// <summary>An outcome as what somebody decides to do: words of ours for the codes many use, else the producer's own.</summary>
    private string Act(Decision decision, Outcome? outcome, string zone)
    {
        string code = outcome?.Code is { Length: > 0 } said ? said : decision.Kind;
        string act = texts.Find($"act.{code}") ?? texts.Format("sentence.act", ValuesInWords.Code(code, texts));
        return outcome is not null && Change(outcome, zone) is { Length: > 0 } change ? texts.Format("sentence.change", act, change) : act;
    }

    /// <summary>What it changed, and the amount at stake.</summary>
    private string Change(Outcome outcome, string zone)
    {
        string? change = (outcome.Before, outcome.After) switch
        {
            ({ } before, { } after) => texts.Format("decision.fromTo", ValuesInWords.Of(before, texts, zone), ValuesInWords.Of(after, texts, zone)),
            (null, { } after) => ValuesInWords.Of(after, texts, zone),
            ({ } before, null) => texts.Format("decision.before", ValuesInWords.Of(before, texts, zone)),
            _ => null,
        };
        string? amount = outcome.Amount is { } value ? ValuesInWords.Of(value, texts, zone) : null;
        return string.Join(texts["decision.separator"], new[] { change, amount }.Where(p => p is not null));
    }

    /// <summary>How far the machine went, in a sentence.</summary>
    public string HowFarAutomated(Automation? automation)
    {
        AutomationLevel level = automation?.Level ?? AutomationLevel.Unspecified;
        string role = automation?.FinalDecisionMakerRole ?? "";
        return role.Length > 0 && level != AutomationLevel.MachineDecides
            ? texts.Format($"level.{Names.Of(level)}.role", role)
            : texts[$"level.{Names.Of(level)}"];
    }

    internal string? Reason(PersonalContent personal) => ReasonShown(personal) is not { } reason ? null
        : IsOwn(reason) ? reason.Text : texts.Format("decision.otherLanguage", reason.Text, reason.Language);

    /// <summary>The language of the reason that is shown, where it is not the reader's (WCAG 2.2, 3.1.2).</summary>
    internal string? OtherLanguageOfReason(PersonalContent personal) => ReasonShown(personal) is { } reason && !IsOwn(reason) ? reason.Language : null;

    private LocalizedText? ReasonShown(PersonalContent personal) => personal.Reasons.FirstOrDefault(IsOwn) ?? personal.Reasons.FirstOrDefault();

    private bool IsOwn(LocalizedText text) => text.Language.StartsWith(texts.Culture.TwoLetterISOLanguageName, StringComparison.OrdinalIgnoreCase);

    internal string Factor(Factor factor, string zone)
    {
        List<string> about = [];
        if (factor.Value is { } value)
        {
            about.Add(ValuesInWords.Of(value, texts, zone));
        }

        if (factor.Threshold is { } threshold)
        {
            about.Add(texts.Format("factor.threshold", ValuesInWords.Of(threshold, texts)));
        }

        if (factor.HasWeight)
        {
            about.Add(texts.Format("factor.weight", ValuesInWords.Share(factor.Weight, texts)));
        }

        if (factor.Direction != FactorDirection.Unspecified)
        {
            about.Add(texts[factor.Direction == FactorDirection.Towards ? "factor.towards" : "factor.against"]);
        }

        return about.Count == 0 ? factor.Name : $"{factor.Name} ({string.Join(texts["decision.separator"], about)})";
    }

    internal string? Score(PersonalContent personal) => Joined(
    [
        personal.Score is { } score ? ValuesInWords.Of(score, texts) : null,
        personal.HasConfidence ? texts.Format("decision.confidence", ValuesInWords.Share(personal.Confidence, texts)) : null,
    ]);

    internal string Review(HumanReview review, string reason, string zone)
    {
        string what = texts[review.Changed ? "review.changed" : "review.kept"];
        string when = review.DecidedAt is { } decided ? texts.Clock(decided.ToDateTimeOffset(), zone) : texts["value.none"];
        string words = review.OpenedAt is { } opened && review.DecidedAt is not null
            ? texts.Format("review.after", what, when, ValuesInWords.Of(review.DecidedAt - opened, texts))
            : texts.Format("review.at", what, when);
        return reason.Length > 0 ? texts.Format("review.reason", words, reason) : words;
    }

    internal string Data(DataUse use)
    {
        string what = texts[$"data.{Names.Of(use.Category)}"];
        string shift = use.Shift == ShiftRelation.Unspecified ? "" : texts["decision.separator"] + texts[$"shift.{Names.Of(use.Shift)}"];
        return $"{what} ({use.Source}{shift})";
    }

    internal IEnumerable<string?> Measure(WorkMeasure measure)
    {
        yield return Text(measure.TaskType);
        yield return measure.Quantity is { } quantity ? ValuesInWords.Of(quantity, texts) : null;
        yield return measure.Duration is { } duration ? texts.Format("measure.duration", ValuesInWords.Of(duration, texts)) : null;
        yield return (measure.TargetBefore, measure.TargetAfter) switch
        {
            ({ } before, { } after) => texts.Format("measure.target", ValuesInWords.Of(before, texts), ValuesInWords.Of(after, texts)),
            (null, { } after) => texts.Format("measure.newTarget", ValuesInWords.Of(after, texts)),
            _ => null,
        };
        yield return measure.BreakEntitled is { } entitled && measure.BreakTaken is { } taken
            ? texts.Format("measure.break", ValuesInWords.Of(taken, texts), ValuesInWords.Of(entitled, texts)) : null;
        yield return measure.Rest is { } rest ? texts.Format("measure.rest", ValuesInWords.Of(rest, texts)) : null;
    }

    internal string Notice(Notice notice, string zone) => texts.Format(
        "decision.notice",
        notice.GivenAt is { } given ? texts.Clock(given.ToDateTimeOffset(), zone) : texts["value.none"],
        texts[$"channel.{Names.Of(notice.Channel)}"]);

    internal string? System(AiSystemUse? system) => system is null ? null : texts.Format(
        "decision.system", system.SystemId, system.Version, texts[$"model.{Names.Of(system.ModelKind)}"], system.Purpose);

    private string? Joined(IEnumerable<string?> parts) =>
        string.Join(texts["decision.list"], parts.Where(p => p is { Length: > 0 })) is { Length: > 0 } joined ? joined : null;

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
