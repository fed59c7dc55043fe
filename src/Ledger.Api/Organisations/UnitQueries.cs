using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Organisations;

namespace Ledger.Api.Organisations;

/// <summary>Asks for counts and puts them into the contract's words.</summary>
internal sealed class UnitQueries(GrainReferences<IUnitOverview> overviews)
{
    public const int FirstYear = 2000, LastYear = 9998;

    public async Task<V1.UnitOverview> OverviewAsync(V1.GetUnitOverviewRequest request)
    {
        UnitOverview counted = Value(await overviews.Of(ResourceNames.OrganisationOf(request.Parent)).OverviewAsync(request.Unit, request.Year));
        V1.UnitOverview answer = new()
        {
            Unit = counted.Unit,
            Year = counted.Year,
            MinimumWorkers = counted.MinimumWorkers,
            ReadUpTo = counted.Progress.ReadUpTo?.ToTimestamp(),
            Position = counted.Progress.Commit,
            Behind = counted.Progress.IsBehind,
        };
        answer.Years.AddRange(counted.Years);
        foreach (CountedPeriod period in counted.Periods)
        {
            answer.Periods.Add(new V1.CountedPeriod { Months = { period.Months }, Decisions = Count(period.Decisions) });
        }

        foreach (CountedDimension dimension in counted.Dimensions)
        {
            V1.CountedDimension table = new() { Dimension = dimension.Kind.ToString().ToUpperInvariant() };
            table.Values.AddRange(dimension.Values.Select(value => new V1.CountedValue
            {
                Value = dimension.Kind switch { DimensionKind.Level => Level(value.Name[0] - '0'), DimensionKind.Adverse => value.Name.ToUpperInvariant(), _ => value.Name },
                Decisions = { value.Decisions.Select(Count) },
            }));
            answer.Dimensions.Add(table);
        }

        return answer;
    }

    public async Task<V1.ListSystemUsesResponse> SystemUsesAsync(V1.ListSystemUsesRequest request)
    {
        SystemUses counted = Value(await overviews.Of(ResourceNames.OrganisationOf(request.Parent)).SystemUsesAsync(request.Year));
        V1.ListSystemUsesResponse answer = new()
        {
            Year = counted.Year,
            MinimumWorkers = counted.MinimumWorkers,
            ReadUpTo = counted.Progress.ReadUpTo?.ToTimestamp(),
            Position = counted.Progress.Commit,
            Behind = counted.Progress.IsBehind,
        };
        answer.Years.AddRange(counted.Years);
        foreach (SystemUse system in counted.Systems)
        {
            V1.SystemUse use = new() { System = system.System };
            use.Categories.AddRange(system.Categories);
            use.Levels.AddRange(system.Levels.Select(Level));
            use.Units.AddRange(system.Units.Select(unit => new V1.SystemUseInUnit
            {
                Unit = unit.Unit,
                Decisions = Count(unit.Decisions),
                WorkersInAMonth = unit.Workers,
                HasSuppressed = unit.HasSuppressed,
            }));
            answer.Systems.Add(use);
        }

        return answer;
    }

    public async Task<V1.ListMembersResponse> MembersAsync(string organisation, string person)
    {
        MandatesGiven given = Value(await overviews.Of(organisation).MandatesToAsync(person));
        V1.ListMembersResponse answer = new() { ReadUpTo = given.Progress.ReadUpTo?.ToTimestamp() };
        answer.Members.AddRange(given.Mandates.Select(mandate => new V1.Member
        {
            Worker = ResourceNames.Worker(organisation, mandate.Worker),
            ExpiresAt = mandate.ExpiresAt.ToTimestamp(),
        }));
        return answer;
    }

    private static V1.Count Count(long? decisions) => new() { Count_ = decisions ?? 0, Suppressed = decisions is null };

    private static string Level(int level) => Names.Of((V1.AutomationLevel)(level + 1));

    private static T Value<T>(CountingAnswer<T> answer)
        where T : class => answer.Value ?? throw new RefusedException(answer.Refusal!);
}
