// Colour and coverage of what gets an outline; half the coverage where something stands in front.
#ifdef MASKED
#include "materials.glsl"
flat in uint material_row;
#endif
uniform sampler2D scene_depth;
uniform vec3 people_colors[8];
flat in uvec4 state;
#ifdef CUT
#include "sections.glsl"
centroid in vec3 site;
flat in uint slot;
#endif
out vec4 mark;
const float BEHIND = 0.00002;

void main() {
#ifdef CUT
    if (is_cut_away(site, slot)) discard;
#endif
#ifdef MASKED
    cut_holes(material_row);
#endif
    float depth = texelFetch(scene_depth, ivec2(gl_FragCoord.xy), 0).r;
    vec3 c = vec3(0.941, 0.894, 0.259);
    if ((state.b & 4u) == 0u) c = (state.b & 16u) != 0u ? people_colors[state.b >> 5] : vec3(0.90, 0.94, 0.98);
    // On a slope the depth of a pixel's sample differs from the depth of its middle.
    float slack = BEHIND + 2.0 * fwidth(gl_FragCoord.z);
    mark = vec4(c, gl_FragCoord.z > depth + slack ? 0.5 : 1.0);
}
