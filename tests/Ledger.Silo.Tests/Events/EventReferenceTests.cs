using System.Reflection;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Silo.Hosting;
using Ledger.Tests;
using Xunit;

namespace Ledger.Silo.Tests.Events;

public class EventReferenceTests
{
    private static readonly Assembly[] Code = [typeof(DecisionRecorded).Assembly, typeof(SiloOptions).Assembly];

    [Fact]
    public void EventsPage_AgainstTheCode_IsUpToDate() =>
        Repository.Stale("docs/events.md", EventReference.Write(Code), "EventReference").Should().BeNull();

    [Fact]
    public void EventTypes_Everywhere_ArePastTenseWithAVersion() =>
        EventReference.Types(Code).Select(t => t.Type).Should().Contain(DecisionRecorded.Type)
            .And.OnlyHaveUniqueItems().And.AllSatisfy(type => type.Should().MatchRegex("^[a-z]+(-[a-z]+)*-([a-z]+ed|given|withdrawn)\\.v[1-9][0-9]*$"));
}
