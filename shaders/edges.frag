// Feature lines in the darkened colour of their surface; dashed in the state's colour where values are simulated.
#include "look.glsl"
#include "materials.glsl"
#include "twin.glsl"
centroid in vec3 site;
#ifdef CUT
#include "sections.glsl"
flat in uint slot;
#endif
centroid in vec3 rest;
flat in uint material_row;
flat in uvec4 state;
out vec4 color;
uniform float edges_far; // metres

void main() {
#ifdef CUT
    if (is_cut_away(site, slot)) discard;
#endif
#ifdef PASS_GHOST_EDGES
    color = vec4(0.62, 0.74, 0.86, 0.34);
#else
    float distance_m = length(camera_position - site);
    float near = 1.0 - smoothstep(edges_far * 0.35, edges_far, distance_m);
    color = vec4(texelFetch(materials, int(material_row) * 3).rgb * 0.10, 0.42 * near);
    if (state.r == STATE_SIMULATED) {
        float dash = step(0.45, fract((rest.x + rest.y + rest.z) * 2.5));
        color = vec4(state_colors[6] * 0.8, dash * 0.9 * (1.0 - smoothstep(edges_far, edges_far * 2.5, distance_m)));
    }
#endif
}
