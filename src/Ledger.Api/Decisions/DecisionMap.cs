using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Stored = Ledger.Contracts.Decisions;

namespace Ledger.Api.Decisions;

/// <summary>Between a decision of the contract and the event as stored. What goes in was checked before.</summary>
internal static class DecisionMap
{
    public static Stored.DecisionAct ToAct(V1.Decision decision) => new(
        Text(decision.Subject.BargainingUnit),
        Text(decision.Subject.WorkSite),
        Text(decision.Subject.JobClass),
        (Stored.Category)decision.Category,
        decision.Kind,
        decision.Adverse,
        new Stored.AiSystemUse(
            decision.System.SystemId, decision.System.Version, decision.System.Purpose, Text(decision.System.RunId),
            decision.System.ModelKind == V1.ModelKind.Unspecified ? null : (Stored.ModelKind)decision.System.ModelKind),
        new Stored.Automation(
            // The contract's 1 to 5 are levels 0 to 4: there 0 is "not said".
            (int)decision.Automation.Level - 1,
            Text(decision.Automation.FinalDecisionMakerRole),
            decision.Automation.Review is { } review
                ? new Stored.HumanReview(Time(review.OpenedAt), review.DecidedAt.ToDateTimeOffset(), review.Changed)
                : null),
        ToTimes(decision.Times),
        decision.Notice is { } notice
            ? new Stored.Notice(notice.GivenAt.ToDateTimeOffset(), (Stored.NoticeChannel)notice.Channel, Text(notice.Language))
            : null,
        decision.Ground is { } ground
            ? new Stored.Ground(Text(ground.LegalBasis), Text(ground.AgreementClause), Text(ground.AssessmentReference), Text(ground.RetentionClass))
            : null,
        decision.Lineage is { } lineage
            ? new Stored.Lineage(
                List(lineage.InputDecisionIds, Guid.Parse),
                List(lineage.Evidence, e => new Stored.Evidence(e.Reference, e.Sha256.IsEmpty ? null : Convert.ToHexStringLower(e.Sha256.Span))))
            : null);

    public static Stored.PersonalContent ToPersonal(V1.PersonalContent personal) => new(
        ToOutcome(personal.Outcome)!,
        ToOutcome(personal.Recommendation),
        ToQuantity(personal.Score),
        personal.HasConfidence ? personal.Confidence : null,
        List(personal.Factors, f => new Stored.Factor(
            f.Name, ToValue(f.Value), f.Direction == V1.FactorDirection.Unspecified ? null : (Stored.FactorDirection)f.Direction,
            f.HasWeight ? f.Weight : null, ToQuantity(f.Threshold))),
        List(personal.Parameters, p => new Stored.Parameter(p.Name, ToValue(p.Value)!)),
        List(personal.Reasons, r => new Stored.LocalizedText(r.Language, r.Text)),
        List(personal.DataUsed, d => new Stored.DataUse(
            (Stored.DataCategory)d.Category, d.Source, Time(d.CollectedFrom), Time(d.CollectedTo),
            d.Shift == V1.ShiftRelation.Unspecified ? null : (Stored.ShiftRelation)d.Shift, Text(d.Purpose))),
        List(personal.Measures, m => new Stored.WorkMeasure(
            Text(m.TaskType), ToQuantity(m.Quantity), Seconds(m.Duration), ToQuantity(m.TargetBefore), ToQuantity(m.TargetAfter),
            Seconds(m.BreakEntitled), Seconds(m.BreakTaken), Time(m.SchedulePublishedAt), Seconds(m.Rest))),
        Text(personal.ReviewReason));

    public static V1.Decision ToDecision(Stored.DecisionRecorded recorded)
    {
        Stored.DecisionAct act = recorded.Act;
        V1.Decision decision = new()
        {
            Name = ResourceNames.Decision(recorded.Organisation, recorded.Worker, recorded.DecisionId),
            DecisionId = recorded.DecisionId.ToString(),
            Subject = new V1.Subject
            {
                Worker = recorded.Worker,
                BargainingUnit = act.BargainingUnit ?? "",
                WorkSite = act.WorkSite ?? "",
                JobClass = act.JobClass ?? "",
            },
            Category = (V1.Category)act.Category,
            Kind = act.Kind,
            Adverse = act.Adverse,
            System = new V1.AiSystemUse
            {
                SystemId = act.System.SystemId,
                Version = act.System.Version,
                Purpose = act.System.Purpose,
                RunId = act.System.RunId ?? "",
                ModelKind = (V1.ModelKind)act.System.ModelKind.GetValueOrDefault(),
            },
            Automation = new V1.Automation
            {
                Level = (V1.AutomationLevel)(act.Automation.Level + 1),
                FinalDecisionMakerRole = act.Automation.FinalDecisionMakerRole ?? "",
            },
            Times = FromTimes(act.Times),
            Personal = recorded.Personal is { } personal ? FromPersonal(personal) : null,
        };
        if (act.Automation.Review is { } review)
        {
            decision.Automation.Review = new V1.HumanReview
            {
                Reviewer = recorded.Reviewer ?? "",
                OpenedAt = Time(review.OpenedAt),
                DecidedAt = Time(review.DecidedAt),
                Changed = review.Changed,
            };
        }

        if (act.Notice is { } notice)
        {
            decision.Notice = new V1.Notice { GivenAt = Time(notice.GivenAt), Channel = (V1.NoticeChannel)notice.Channel, Language = notice.Language ?? "" };
        }

        if (act.Ground is { } ground)
        {
            decision.Ground = new V1.Ground
            {
                LegalBasis = ground.LegalBasis ?? "",
                AgreementClause = ground.AgreementClause ?? "",
                AssessmentReference = ground.AssessmentReference ?? "",
                RetentionClass = ground.RetentionClass ?? "",
            };
        }

        if (act.Lineage is { } lineage)
        {
            decision.Lineage = new V1.Lineage();
            decision.Lineage.InputDecisionIds.AddRange((lineage.InputDecisionIds ?? []).Select(id => id.ToString()));
            decision.Lineage.Evidence.AddRange((lineage.Evidence ?? []).Select(e => new V1.Evidence
            {
                Reference = e.Reference,
                Sha256 = e.Sha256 is null ? ByteString.Empty : ByteString.CopyFrom(Convert.FromHexString(e.Sha256)),
            }));
        }

        return decision;
    }

    public static V1.Receipt ToReceipt(string organisation, Stored.Receipt receipt) => new()
    {
        Name = ResourceNames.Decision(organisation, receipt.Worker, receipt.DecisionId),
        DecisionId = receipt.DecisionId.ToString(),
        EventId = receipt.EventId.ToString(),
        Revision = receipt.Revision,
        Position = new V1.StorePosition { Commit = receipt.Commit, Prepare = receipt.Prepare },
        LeafHash = UnsafeByteOperations.UnsafeWrap(receipt.LeafHash),
        RecordedAt = Timestamp.FromDateTimeOffset(receipt.RecordedAt),
    };

    private static V1.PersonalContent FromPersonal(Stored.PersonalContent personal)
    {
        V1.PersonalContent content = new()
        {
            Outcome = FromOutcome(personal.Outcome),
            Recommendation = FromOutcome(personal.Recommendation),
            Score = FromQuantity(personal.Score),
            ReviewReason = personal.ReviewReason ?? "",
        };
        if (personal.Confidence is { } confidence)
        {
            content.Confidence = confidence;
        }

        content.Factors.AddRange((personal.Factors ?? []).Select(f =>
        {
            V1.Factor factor = new()
            {
                Name = f.Name,
                Value = FromValue(f.Value),
                Direction = (V1.FactorDirection)f.Direction.GetValueOrDefault(),
                Threshold = FromQuantity(f.Threshold),
            };
            if (f.Weight is { } weight)
            {
                factor.Weight = weight;
            }

            return factor;
        }));
        content.Parameters.AddRange((personal.Parameters ?? []).Select(p => new V1.Parameter { Name = p.Name, Value = FromValue(p.Value) }));
        content.Reasons.AddRange((personal.Reasons ?? []).Select(r => new V1.LocalizedText { Language = r.Language, Text = r.Text }));
        content.DataUsed.AddRange((personal.DataUsed ?? []).Select(d => new V1.DataUse
        {
            Category = (V1.DataCategory)d.Category,
            Source = d.Source,
            CollectedFrom = Time(d.CollectedFrom),
            CollectedTo = Time(d.CollectedTo),
            Shift = (V1.ShiftRelation)d.Shift.GetValueOrDefault(),
            Purpose = d.Purpose ?? "",
        }));
        content.Measures.AddRange((personal.Measures ?? []).Select(m => new V1.WorkMeasure
        {
            TaskType = m.TaskType ?? "",
            Quantity = FromQuantity(m.Quantity),
            Duration = Seconds(m.DurationSeconds),
            TargetBefore = FromQuantity(m.TargetBefore),
            TargetAfter = FromQuantity(m.TargetAfter),
            BreakEntitled = Seconds(m.BreakEntitledSeconds),
            BreakTaken = Seconds(m.BreakTakenSeconds),
            SchedulePublishedAt = Time(m.SchedulePublishedAt),
            Rest = Seconds(m.RestSeconds),
        }));
        return content;
    }

    private static Stored.DecisionTimes ToTimes(V1.Times times) => new(
        Time(times.ObservedAt), times.DecidedAt.ToDateTimeOffset(), Time(times.EffectiveAt), Time(times.CommunicatedAt),
        Time(times.ShiftStart), Time(times.ShiftEnd), times.TimeZone);

    private static V1.Times FromTimes(Stored.DecisionTimes times) => new()
    {
        ObservedAt = Time(times.ObservedAt),
        DecidedAt = Time(times.DecidedAt),
        EffectiveAt = Time(times.EffectiveAt),
        CommunicatedAt = Time(times.CommunicatedAt),
        ShiftStart = Time(times.ShiftStart),
        ShiftEnd = Time(times.ShiftEnd),
        TimeZone = times.TimeZone,
    };

    private static Stored.Outcome? ToOutcome(V1.Outcome? outcome) =>
        outcome is null ? null : new(outcome.Code, ToValue(outcome.Amount), ToValue(outcome.Before), ToValue(outcome.After));

    private static V1.Outcome? FromOutcome(Stored.Outcome? outcome) => outcome is null
        ? null
        : new() { Code = outcome.Code, Amount = FromValue(outcome.Amount), Before = FromValue(outcome.Before), After = FromValue(outcome.After) };

    private static Stored.Value? ToValue(V1.Value? value) => value?.ValueCase switch
    {
        null => null,
        V1.Value.ValueOneofCase.Quantity => new(ToQuantity(value.Quantity), null, null, null, null),
        V1.Value.ValueOneofCase.Money => new(null, new Stored.Money(value.Money.CurrencyCode, value.Money.MinorUnits), null, null, null),
        V1.Value.ValueOneofCase.Text => new(null, null, value.Text, null, null),
        V1.Value.ValueOneofCase.Instant => new(null, null, null, Time(value.Instant), null),
        V1.Value.ValueOneofCase.Flag => new(null, null, null, null, value.Flag),
        _ => throw new InvalidOperationException("A value without a value passed the check."),
    };

    private static V1.Value? FromValue(Stored.Value? value) => value switch
    {
        null => null,
        { Quantity: { } quantity } => new() { Quantity = FromQuantity(quantity) },
        { Money: { } money } => new() { Money = new V1.Money { CurrencyCode = money.CurrencyCode, MinorUnits = money.MinorUnits } },
        { Text: { } text } => new() { Text = text },
        { Instant: { } instant } => new() { Instant = Time(instant) },
        { Flag: { } flag } => new() { Flag = flag },
        _ => new(),
    };

    private static Stored.Quantity? ToQuantity(V1.Quantity? quantity) => quantity is null ? null : new(quantity.Number, quantity.Unit);

    private static V1.Quantity? FromQuantity(Stored.Quantity? quantity) =>
        quantity is null ? null : new() { Number = quantity.Number, Unit = quantity.Unit };

    private static string? Text(string value) => value.Length == 0 ? null : value;

    private static DateTimeOffset? Time(Timestamp? value) => value?.ToDateTimeOffset();

    private static Timestamp? Time(DateTimeOffset? value) => value is { } time ? Timestamp.FromDateTimeOffset(time) : null;

    private static decimal? Seconds(Duration? value) => value is null ? null : value.Seconds + value.Nanos / 1_000_000_000m;

    private static Duration? Seconds(decimal? value) => value is { } seconds
        ? new() { Seconds = (long)decimal.Truncate(seconds), Nanos = (int)((seconds - decimal.Truncate(seconds)) * 1_000_000_000m) }
        : null;

    private static List<TOut>? List<TIn, TOut>(ICollection<TIn> items, Func<TIn, TOut> map)
    {
        if (items.Count == 0)
        {
            return null;
        }

        List<TOut> list = new(items.Count);
        foreach (TIn item in items)
        {
            list.Add(map(item));
        }

        return list;
    }
}
